/* The definition of a term, below its link: by mouse, by keyboard, by ear. Escape puts it away. */
document.addEventListener("DOMContentLoaded", () => {
  const links = document.querySelectorAll(".bd-article a[title]:has(> .std-term)");
  let shown = null, leaving;

  const hide = () => { if (shown) shown.hidden = true; shown = null; };
  const hideSoon = () => { leaving = setTimeout(hide, 150); };  // time to move onto the note

  const show = (link, note) => {
    clearTimeout(leaving);
    hide();
    shown = note;
    note.hidden = false;
    const rows = link.getClientRects(), row = rows[rows.length - 1];
    const room = document.documentElement.clientWidth - note.offsetWidth - 8;
    note.style.left = `${Math.max(8, Math.min(row.left, room)) + scrollX}px`;
    note.style.top = `${row.bottom + scrollY + 6}px`;
  };

  links.forEach((link, number) => {
    const note = document.createElement("div");
    Object.assign(note, { id: `term-note-${number}`, className: "term-note", hidden: true });
    note.setAttribute("role", "tooltip");
    note.textContent = link.title;
    link.removeAttribute("title");  // or the browser would show it a second time
    link.setAttribute("aria-describedby", note.id);
    link.classList.add("defined");
    document.body.append(note);
    for (const event of ["mouseenter", "focus"]) link.addEventListener(event, () => show(link, note));
    for (const event of ["mouseleave", "blur"]) link.addEventListener(event, hideSoon);
    note.addEventListener("mouseenter", () => clearTimeout(leaving));
    note.addEventListener("mouseleave", hideSoon);
  });
  document.addEventListener("keydown", event => { if (event.key === "Escape") hide(); });
});
