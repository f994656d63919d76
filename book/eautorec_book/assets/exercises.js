/* A form below each exercise that can be checked. Keys: the variable exerciseKeys of the page, made
   from the same source as the notebook's check; base64, so that no answer is seen by accident. */
(function () {
  "use strict";

  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  /* "2.5", "2,5", "1,682", "1 682", "1/3", "2.5 stars", "48.8 %" also where a share is asked for. */
  function readNumber(text, unit) {
    const said = text.trim().replace("\u2212", "-");
    const words = unit !== "%" && said.toLowerCase().endsWith(unit.toLowerCase()) ? unit.length : 0;
    let plain = said.slice(0, said.length - words).replace(/[\s\u00a0\u202f]/g, "");
    if (plain.endsWith("%")) return readNumber(plain.slice(0, -1), "") / (unit === "%" ? 1 : 100);
    if (/^-?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$/.test(plain)) plain = plain.replace(/,/g, "");
    plain = plain.replace(",", ".");
    const [above, below = "1", ...rest] = plain.split("/");
    if (!above || !below || rest.length) return NaN;
    return Number(above) / Number(below);
  }

  function judge(key, text) {
    if (key.kind === "choice") {
      if (!text) return [null, "Choose one of the answers first."];
      if (text === key.answer) return [true, key.right];
      const found = key.mistakes.find(([letter]) => letter === text);
      return [false, found ? "Not yet. " + found[1] : key.hint];
    }
    const value = readNumber(text, key.unit);
    if (!Number.isFinite(value)) return [null, "Type a number first, such as 0.5."];
    if (Math.abs(value - key.answer) <= key.tolerance) return [true, key.right];
    const found = key.mistakes.find(([wrong, near]) => Math.abs(value - wrong) <= near);
    return [false, found ? "Not yet. " + found[2] : key.hint];
  }

  /* The list of options turns into a group of radio buttons. */
  function choices(label, key, list) {
    const group = element("fieldset", {}, element("legend", {}, "Your answer"));
    key.options.forEach(function (letter, place) {
      const button = element("input", { type: "radio", name: label, value: letter });
      const words = element("span", {}, ...list.children[place].childNodes);
      group.append(element("label", {}, button, words));
    });
    list.remove();
    return group;
  }

  function number(label, key) {
    const field = element("input", {
      id: label + "-answer", name: label, type: "text", inputmode: "decimal", autocomplete: "off",
    });
    const name = element("label", { for: field.id }, "Your answer");
    return [name, field, ...(key.unit ? [element("span", {}, key.unit)] : [])];
  }

  function addForm(label, key) {
    const box = document.getElementById(label);
    if (!box) return;
    const inside = box.querySelector("section") || box;
    const list = Array.from(inside.querySelectorAll("ul")).pop();
    const asked = key.kind === "choice" ? [choices(label, key, list)] : number(label, key);
    const said = element("p", { class: "answer-said", role: "status", "aria-live": "polite" });
    const button = element("button", { type: "submit" }, "Check");
    const title = box.querySelector(".admonition-title");
    title.id = label + "-title";
    asked.find((part) => part.matches("fieldset, input")).setAttribute("aria-describedby", title.id);
    const form = element("form", { class: "answer", novalidate: "" }, ...asked, button, said);
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      const [right, words] = judge(key, new FormData(form).get(label) || "");
      said.textContent = (right === null ? "" : right ? "\u2713 " : "\u2717 ") + words;
      said.dataset.right = String(right);
    });
    inside.append(form);
  }

  for (const [label, key] of Object.entries(exerciseKeys)) addForm(label, JSON.parse(atob(key)));
})();
