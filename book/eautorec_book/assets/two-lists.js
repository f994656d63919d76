// Two lists for one person, and each without the reason of one of its films. Data:
// window.eautorecExplorer.lists, made by the library when the book was built.
(() => {
  "use strict";
  const data = window.eautorecExplorer?.lists;
  const root = document.getElementById("two-lists");
  /** What is rated: films, unless the data say otherwise. */
  const many = data?.items || "films";
  if (!data || !root) return;

  const MODELS = {
    "EASE": { kind: "ease", sign: "▲", of: "score" },
    "E-AutoRec": { kind: "e-autorec", sign: "■", of: "rating" },
  };
  const SLIDE = { duration: 700, easing: "cubic-bezier(0.3, 0, 0.2, 1)" };
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");

  // --- Words ---

  const escape = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  const title = (column) => data.titles[column];
  const share = ({ score, without }) => (score - without) / score;

  /** Of a share that may be next to nothing. */
  function percent(share) {
    const [sign, value] = [share < 0 ? "−" : "", Math.abs(100 * share)];
    if (value >= 1 || value === 0) return `${sign}${value.toFixed(0)}%`;
    return value < 0.001 ? "less than 0.001%" : `${sign}${Number(value.toPrecision(1))}%`;
  }
  /** Who speaks for a film, and how much of its score that is. */
  function carried(film, { kind }) {
    const whom = `${film.raters || "None"} of the ${film.neighbours} nearest`;
    if (!film.raters) return `${whom}: no reason`;
    return `${whom}${kind === "ease" ? "" : `, <i>E</i> ${film.E.toFixed(2)}`}: ${percent(share(film))}`;
  }
  const went = (from, to) => `<strong>${to === from ? `stays at ${from}` : `${from} → ${to}`}</strong>`;

  /** What a removal did, for the row and for a screen reader. */
  function outcome(film, rank) {
    const anew = film.retrained ? `, trained anew ${went(rank, film.retrained)}` : "";
    return `Without these ${film.raters}: ${went(rank, film.after)}${anew}. Without ${film.raters} at random: ${went(rank, film.random)}`;
  }

  function told(name, film, rank) {
    const to = film.after;
    const verb = to === rank ? "stays at" : to > rank ? `falls from rank ${rank} to` : `rises from rank ${rank} to`;
    const anew =
      (film.retrained ? ` Trained anew without it: rank ${film.retrained}.` : "") +
      ` Without as many users drawn at random: rank ${film.random}.`;
    return `${name}: ${title(film.film)} ${verb} ${to === rank ? "rank " : ""}${to} without its reason, weights held.${anew}`;
  }

  /** How many of the films that have a reason leave the list without it. */
  function summary(films) {
    const able = films.filter((film) => film.raters);
    if (!able.length) return `None of the ${films.length} ${many} has a reason.`;
    const gone = (rank) => `<strong>${able.filter((film) => rank(film) > data.n).length} of ${able.length}</strong>`;
    const anew = able[0].retrained ? `; trained anew, ${gone((film) => film.retrained)}` : "";
    const rest = able.length < films.length ? ` (${films.length - able.length} have none)` : "";
    return (
      `${many[0].toUpperCase()}${many.slice(1)} that leave the list without their reason: ${gone((film) => film.after)}${rest}${anew}; ` +
      `without as many users drawn at random, ${gone((film) => film.random)}.`
    );
  }

  // --- The page ---

  root.innerHTML = `
    <form class="pick" aria-label="Pick a user and the ${many} to choose from">
      <label class="field">User <select name="user">${data.users
        .map(({ user, n_ratings }, i) => `<option value="${i}">${escape(user)} (${n_ratings} ratings)</option>`)
        .join("")}</select></label>
      <fieldset class="switch"><legend>The best ten of</legend>
        <label><input type="radio" name="films" value="known" checked><span>${many} with ${data.least}+ ratings</span></label>
        <label><input type="radio" name="films" value="all"><span>all ${many}</span></label>
      </fieldset>
    </form>
    <p class="unseen" role="status" aria-live="polite"></p>
    <p class="shared"></p>
    <div class="pair">${Object.entries(MODELS)
      .map(([name, { kind, sign, of }]) => `
        <section class="${kind}" aria-labelledby="two-lists-${kind}">
          <h3 id="two-lists-${kind}"><span class="sign" aria-hidden="true">${sign}</span> ${name}</h3>
          <p class="summary"></p>
          <p class="said">Below each: the nearest who rated it, their share of its ${of}</p><ol role="list"></ol>
        </section>`)
      .join("")}</div>`;
  const pick = root.querySelector("form");
  const status = root.querySelector("[role=status]");

  /** A model's list: its rows by film, and the film whose reason is taken away. */
  class List {
    constructor(name) {
      Object.assign(this, { name, ...MODELS[name] });
      this.section = root.querySelector(`section.${this.kind}`);
      this.place = this.section.querySelector("ol");
      this.place.addEventListener("click", ({ target }) => {
        const button = target.closest("button");
        if (button) this.take(Number(button.closest("li").dataset.film), button);
      });
    }

    fill(films) {
      Object.assign(this, { films, rows: new Map(), taken: null });
      this.section.querySelector(".summary").innerHTML = summary(films);
      this.place.replaceChildren();
      this.show();
    }

    /** Take the reason of a film away, or put it back; the film is followed where it goes. */
    take(column, button) {
      this.taken = this.taken === column ? null : column;
      const before = new Map([...this.rows.values()].map((row) => [row, row.getBoundingClientRect().top]));
      const ground = this.place.getBoundingClientRect().top;
      this.show();
      button.focus({ preventScroll: true });
      const down = this.place.getBoundingClientRect().top - ground;
      // Before the rows are put back to where they came from, so that the page goes where they go.
      button.closest("li").scrollIntoView({ block: "nearest", behavior: still.matches ? "auto" : "smooth" });
      if (!still.matches) {
        for (const row of this.place.children) {
          const moved = before.has(row) ? before.get(row) + down - row.getBoundingClientRect().top : 0;
          if (moved) row.animate([{ transform: `translateY(${moved}px)` }, { transform: "none" }], SLIDE);
          if (!before.has(row)) row.animate([{ opacity: 0 }, { opacity: 1 }], SLIDE);
        }
      }
      const place = this.films.findIndex(({ film }) => film === column);
      status.textContent = this.taken === null
        ? `${this.name}: ${title(column)} has its reason again, rank ${place + 1}.`
        : told(this.name, this.films[place], place + 1);
    }

    /** The rows in their order: that of the list or, without the reason of a film, another. */
    show() {
      const film = this.films.find((one) => one.film === this.taken);
      const order = film ? film.list : this.films.map((one) => one.film);
      const ranks = new Map(order.map((column, i) => [column, i + 1]));
      if (film) ranks.set(film.film, film.after);
      const rows = [...ranks].map(([column, rank]) => this.row(column, rank));
      this.rows = new Map([...ranks.keys()].map((column, i) => [column, rows[i]]));
      this.place.replaceChildren(...rows);
    }

    row(column, rank) {
      const at = this.films.findIndex((one) => one.film === column);
      const row = this.rows.get(column) || this.made(column, this.films[at]);
      const taken = column === this.taken;
      row.querySelector(".rank").textContent = rank;
      row.classList.toggle("taken", taken);
      row.classList.toggle("fallen", rank > data.n);
      if (at < 0 || !this.films[at].raters) return row;
      row.querySelector(".said").innerHTML = taken ? outcome(this.films[at], at + 1) : carried(this.films[at], this);
      row.querySelector("button span").textContent = taken ? "Put back" : "Take away";
      return row;
    }

    /** A new row; a film that comes in from below has no reason here. */
    made(column, film) {
      const row = document.createElement("li");
      row.dataset.film = column;
      const name = escape(title(column));
      const reason = film ? `
        <div class="bar" aria-hidden="true"><i style="width: ${100 * Math.min(1, Math.max(0, share(film)))}%"></i></div>
        <details><summary class="said">${carried(film, this)}</summary><p>${escape(film.sentence)}</p></details>` : "";
      const button = film?.raters
        ? `<button type="button"><span></span><span class="unseen"> the reason of ${name}</span></button>`
        : "";
      row.innerHTML =
        `<span class="rank"></span><strong class="title">${name}</strong>${button}` +
        `<div class="reason">${reason || '<p class="said">moves up</p>'}</div>`;
      return row;
    }
  }

  const lists = Object.keys(MODELS).map((name) => new List(name));
  function fill() {
    const { user, films } = pick.elements;
    const chosen = data.users[user.value];
    Object.assign(root.dataset, { user: chosen.user, films: films.value });
    const [one, other] = lists.map(({ name }) => chosen.lists[films.value][name]);
    const shared = one.filter(({ film }) => other.some((its) => its.film === film));
    root.querySelector(".shared").textContent = shared.length
      ? `In both lists, and for what the same users said: ${shared.map(({ film }) => title(film)).join("; ")}.`
      : `None of the ${many} is in both lists.`;
    lists.forEach((list, i) => list.fill([one, other][i]));
  }
  pick.addEventListener("change", () => {
    fill();
    status.textContent = `The lists of user ${root.dataset.user}.`;
  });
  pick.addEventListener("submit", (event) => event.preventDefault());
  pick.reset();
  fill();
})();
