// The explorer: pick a user and a film and see why. Data: window.eautorecExplorer, made by the
// library when the book was built. No other script, no request.
(() => {
  "use strict";
  const data = window.eautorecExplorer;
  const root = document.getElementById("explorer");
  if (!data || !root) return;

  const STARS = [1, 2, 3, 4, 5];
  const LISTS = {
    "AutoRec": "AutoRec",
    "E-AutoRec": "E-AutoRec",
    "popular": "most popular",
    "by E": "ranked by <i>E</i>",
    "random": "random list (chance level)",
  };
  const MARKS = { "AutoRec": "●", "E-AutoRec": "■", "popular": "▲", "by E": "◆", "random": "┆" };

  // --- Counting, as in the paper: Eq. 5-7 ---

  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const mean = (values) => sum(values) / values.length;
  const stars = (counts) => sum(counts.map((count, x) => count * STARS[x]));

  /** What the neighbours say of one film. Above theta is decided in whole numbers of stars. */
  function count(user, title, counts, n, theta) {
    const explainable = stars(counts) > theta * n;
    const expected = stars(counts) / Math.max(n, 1);
    return { user, title, counts, n, theta, expected, explainable, silent: n - sum(counts) };
  }

  /** The users most similar to one by the cosine of their rows; ties go to the lower row. */
  function nearest(ratings, user) {
    const dot = (a, b) => sum(a.map((value, i) => value * b[i]));
    const own = ratings[user];
    return ratings
      .map((row, other) => ({ other, dot: dot(own, row), square: dot(row, row) }))
      .filter(({ other, dot }) => other !== user && dot > 0)
      .map((pair) => ({ ...pair, cosine: pair.dot / Math.sqrt(pair.square * dot(own, own)) }))
      .sort((a, b) => b.dot ** 2 / b.square - a.dot ** 2 / a.square || a.other - b.other);
  }

  // --- Two worlds, asked in the same way ---

  const five = {
    ...data.five,
    name: "five",
    labels: data.five.users.map(String),
    films: () => data.five.titles.map((title) => ({ title })),

    reason(user, film, k, theta) {
      const given = this.neighbours(user, k).map(({ other }) => this.ratings[other][film]);
      const counts = STARS.map((x) => given.filter((rating) => rating === x).length);
      return count(this.users[user], this.titles[film], counts, given.length, theta);
    },
    neighbours(user, k) {
      return nearest(this.ratings, user).slice(0, k);
    },
    models(user, film, k, theta) {
      const at = (table) => table[this.ks.indexOf(k)][data.thetas.indexOf(theta)];
      return {
        autorec: this.autorec[user][film],
        eautorec: at(this.eautorec)[user][film],
        without: at(this.without)[user][film],
        own: this.ratings[user][film],
        how: "among the twelve ratings that the models learn from",
      };
    },
    /** Columns of the films that a user has not rated, as each kind of list ranks them. */
    ranked(user, k, theta) {
      const at = this.lists["E-AutoRec"][this.ks.indexOf(k)][data.thetas.indexOf(theta)];
      const score = (film) => {
        const reason = this.reason(user, film, k, theta);
        return reason.explainable ? reason.expected : 0;
      };
      const unrated = this.titles.map((_, film) => film).filter((film) => !this.ratings[user][film]);
      const lists = {
        "AutoRec": this.lists["AutoRec"][user],
        "E-AutoRec": at[user],
        "popular": this.lists["popular"][user],
        "by E": [...unrated].sort((a, b) => score(b) - score(a) || a - b),
      };
      for (const name in lists) lists[name] = lists[name].filter((film) => film >= 0);
      return { ...lists, random: unrated };
    },
    mep(k, theta) {
      const explainable = (user) => (film) => this.reason(user, film, k, theta).explainable;
      const found = {};
      for (const name in LISTS) {
        const shares = this.users.map((_, user) => {
          const list = this.ranked(user, k, theta)[name];
          const top = name === "random" ? list : list.slice(0, this.n);
          return mean(top.map((film) => Number(explainable(user)(film))));
        });
        found[name] = mean(shares);
      }
      return found;
    },
    top(user, k, theta) {
      const lists = this.ranked(user, k, theta);
      const shown = (film) => ({ film, ...this.reason(user, film, k, theta) });
      return { "AutoRec": lists["AutoRec"].map(shown), "E-AutoRec": lists["E-AutoRec"].map(shown) };
    },
  };

  const movielens = {
    ...data.movielens,
    name: "movielens",
    labels: data.movielens.users.map((u) => `${u.user} (${u.n_ratings} ratings)`),
    films: (user) => data.movielens.users[user].films,

    reason(user, film, k, theta) {
      const at = this.ks.indexOf(k);
      const { user: label, films, n_neighbors: n } = this.users[user];
      return count(label, films[film].title, films[film].counts[at], n[at], theta);
    },
    models(user, film) {
      const { autorec, eautorec, without, withheld } = this.users[user].films[film];
      return { autorec, eautorec, without, own: withheld, how: "withheld: the models have not seen it" };
    },
    mep(k, theta) {
      const found = {};
      for (const name in LISTS) {
        found[name] = this.mep_at[name][this.ks.indexOf(k)][data.thetas.indexOf(theta)];
      }
      return found;
    },
    mep_at: data.movielens.mep,
    top(user, k, theta) {
      const at = this.ks.indexOf(k);
      const shown = ({ title, E }) => ({ title, expected: E[at], explainable: E[at] > theta });
      const { "AutoRec": plain, "E-AutoRec": explained } = this.users[user].lists;
      return { "AutoRec": plain.map(shown), "E-AutoRec": explained.map(shown) };
    },
  };

  // --- Words and numbers, as the library writes them ---

  /** Like Python's f"{x:.2f}": a tie, such as 0.125, goes to the even digit. */
  function fixed(x, digits = 2) {
    const scaled = x * 10 ** digits;
    const below = Math.floor(scaled);
    const tie = digits === 2 && Number.isInteger(8 * x) && scaled - below === 0.5;
    return tie ? ((below + (below % 2)) / 100).toFixed(2) : x.toFixed(digits);
  }
  const signed = (x, digits) => (x < 0 ? "−" : "+") + fixed(Math.abs(x), digits);
  const percent = (share) => `${(100 * share).toFixed(1)}%`;

  /** The sentence of `Explanation`: the reason, and what it did to the prediction. */
  function sentence(reason, models) {
    return [because(reason), models ? consequence(models) : ""].filter(Boolean).join(" ");
  }
  function because({ user, title, counts, n, theta, expected, explainable, silent }) {
    if (n === 0) return `Nobody is similar to user ${user}: there is no explanation.`;
    const whom = `the ${n} people nearest to user ${user}`;
    if (silent === n) return `None of ${whom} rated ${title}: there is no explanation.`;
    const frequent = STARS.filter((x) => counts[x - 1])
      .sort((a, b) => counts[b - 1] - counts[a - 1] || b - a)
      .slice(0, 2);
    const named = frequent.map((x) => `${counts[x - 1]} gave it ${x}`);
    const rest = n - silent - frequent.reduce((sum, x) => sum + counts[x - 1], 0);
    if (rest) named.push(`${rest} something else`);
    const listed = [named.slice(0, -1).join(", "), named.at(-1)].filter(Boolean).join(" and ");
    const above = explainable ? "" : `, not above theta = ${theta}`;
    return (
      `${n - silent} of ${whom} rated ${title} (${listed}), ` +
      `so its explainability is ${fixed(expected)} of 5${above}.`
    );
  }
  function consequence({ eautorec, without }) {
    const effect = eautorec - without;
    const said = `The model predicts ${fixed(eautorec)}`;
    if (effect === 0) return `${said}, with or without this reason.`;
    const moved = (digits) => signed(effect, digits).replace("−", "-");
    if (Math.abs(effect) < 0.005)
      return `${said}, and without this reason hardly anything else (${moved(4)}).`;
    return `${said}; without this reason it would predict ${fixed(without)} (${moved(3)} through the reason).`;
  }

  // --- The page ---

  root.innerHTML = `
    <form class="pick" aria-label="Pick a user and a film">
      <fieldset class="switch">
        <legend>World</legend>
        <label><input type="radio" name="world" value="five" checked><span>Five users</span></label>
        <label><input type="radio" name="world" value="movielens"><span>MovieLens</span></label>
      </fieldset>
      <label class="field">User <select name="user"></select></label>
      <label class="field wide">Film <select name="film"></select></label>
    </form>
    <p class="why" data-out="why"></p>
    <form class="sliders" aria-label="Move the definition of an explanation">
      <div><label for="explorer-k"><span>Neighbours</span> <output for="explorer-k" data-out="k" aria-live="off"></output></label>
        <input id="explorer-k" type="range" min="0" step="1">
        <div class="ticks" aria-hidden="true" data-out="k-ticks"></div></div>
      <div><label for="explorer-theta"><span>Threshold <i>θ</i></span> <output for="explorer-theta" data-out="theta" aria-live="off"></output></label>
        <input id="explorer-theta" type="range" min="0" step="1">
        <div class="ticks" aria-hidden="true" data-out="theta-ticks"></div></div>
      <button type="button" aria-label="Reset the sliders"><span class="long">Reset</span><span class="short">↺</span></button>
    </form>
    <p class="unseen" role="status" aria-live="polite" data-out="said"></p>

    <blockquote class="reason" data-out="sentence"></blockquote>
    <div class="whole" data-part="whole">
      <h3>Who is near, and what they rated</h3>
      <div class="scroll" tabindex="0" role="region" aria-label="All ratings"><table data-out="table"></table></div>
    </div>

    <div class="pair">
      <section aria-labelledby="explorer-reason">
        <h3 id="explorer-reason">What the neighbours say</h3>
        <svg class="histogram" viewBox="0 0 360 190" role="img" data-out="histogram"></svg>
        <details><summary>The same as a table</summary>
          <table><caption class="unseen">The neighbours' ratings of the film</caption>
            <thead><tr><th scope="col">Rating <i>x</i></th><th scope="col">Neighbours</th>
              <th scope="col">Pr(<i>x</i>)</th><th scope="col"><i>x</i> · Pr(<i>x</i>)</th></tr></thead>
            <tbody data-out="counts"></tbody>
          </table></details>
        <p class="sum"><span data-out="sum"></span> <strong>= <span data-out="E"></span></strong></p>
        <div class="gauge" aria-hidden="true" data-out="gauge"><i></i></div>
        <p class="verdict" data-out="explainable"></p>
      </section>
      <section aria-labelledby="explorer-models">
        <h3 id="explorer-models">What the models predict</h3>
        <svg class="scale" viewBox="0 0 360 96" role="img" data-out="scale"></svg>
        <table class="models"><caption class="unseen">Predicted ratings</caption><tbody data-out="models"></tbody></table>
        <p class="note" data-out="trained"></p>
      </section>
    </div>

    <section aria-labelledby="explorer-lists">
      <h3 id="explorer-lists">How much of a list can be explained</h3>
      <table class="mep"><caption data-out="mep-caption"></caption>
        <thead><tr><th scope="col">List</th><th scope="col" class="bars"><span class="unseen">Bar</span></th>
          <th scope="col" data-out="mep-head"></th><th scope="col">above chance<span class="long"> (points)</span></th></tr></thead>
        <tbody data-out="mep"></tbody></table>
      <h4 data-out="top-head"></h4>
      <div class="pair" data-out="top"></div>
    </section>`;

  const out = (name) => root.querySelector(`[data-out="${name}"]`);
  const [pick, sliders] = root.querySelectorAll("form");
  const [kSlider, thetaSlider] = sliders.querySelectorAll("input");
  const { user: userBox, film: filmBox } = pick.elements;
  const worlds = { five, movielens };
  /** The film to begin with: the first of the list that has a reason. */
  const explained = (user) =>
    Math.max(0, movielens.films(user).findIndex(({ rules }) => rules.includes("explainable")));
  const states = {
    five: { user: 0, film: 2, k: five.k, theta: 0 },
    movielens: { user: 4, film: explained(4), k: movielens.k, theta: 0 },
  };
  let world = five;
  let state = states.five;

  const escape = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  const options = (labels) => labels.map((label, i) => `<option value="${i}">${escape(label)}</option>`).join("");
  const mark = (yes) => `<span class="${yes ? "yes" : "no"}" aria-hidden="true">${yes ? "✓" : "✗"}</span>`;

  /** After a change of the world or of the user: the boxes and the sliders. */
  function fill() {
    userBox.innerHTML = options(world.labels);
    userBox.value = state.user;
    filmBox.innerHTML = options(world.films(state.user).map(({ title }) => title));
    filmBox.value = state.film;
    kSlider.max = world.ks.length - 1;
    kSlider.value = world.ks.indexOf(state.k);
    thetaSlider.max = data.thetas.length - 1;
    thetaSlider.value = data.thetas.indexOf(state.theta);
    root.querySelector('[data-part="whole"]').hidden = world !== five;
    out("trained").innerHTML =
      world === five
        ? "Twelve ratings teach a model little. E-AutoRec is trained anew for each place of the sliders."
        : `Trained once, with ${world.k} neighbours and <i>θ</i>&nbsp;=&nbsp;0. The sliders do not move these predictions.`;
    for (const [name, values] of [["k-ticks", world.ks], ["theta-ticks", data.thetas]]) {
      out(name).innerHTML = values.map((value) => `<span>${value}</span>`).join("");
    }
  }

  function show() {
    const { user, film, k, theta } = state;
    const reason = world.reason(user, film, k, theta);
    const models = world.models(user, film, k, theta);
    const asTrained = world === five || (k === world.k && theta === 0);
    Object.assign(root.dataset, { world: world.name, user: reason.user, film: reason.title, k, theta });
    out("k").textContent = k;
    out("theta").textContent = theta.toFixed(1);
    kSlider.setAttribute("aria-valuetext", `${k} neighbours`);
    thetaSlider.setAttribute("aria-valuetext", `theta ${theta}`);
    const rules = world.films(user)[film].rules;
    out("why").textContent = rules ? `Why this film is here: ${rules.map((r) => world.rules[r]).join("; ")}.` : "";
    if (world === five) out("table").innerHTML = wholeTable(reason);
    showReason(reason);
    showModels(models);
    out("sentence").textContent = sentence(reason, asTrained && models);
    const found = world.mep(k, theta);
    showMep(found);
    showTop(world.top(user, k, theta), reason.user);
    say(reason, found);
  }

  function wholeTable({ user }) {
    const near = five.neighbours(state.user, state.k).map(({ other }) => other);
    const cosine = new Map(nearest(five.ratings, state.user).map((p) => [p.other, p.cosine]));
    const here = (film) => (film === state.film ? ' class="here"' : "");
    const head = five.titles.map((title, film) => `<th scope="col"${here(film)}>${escape(title)}</th>`);
    const rows = five.users.map((label, row) => {
      const place = near.indexOf(row);
      const kind = row === state.user ? "own" : place >= 0 ? "near" : "";
      const cells = five.ratings[row].map(
        (r, film) => `<td${here(film)}>${r || '<span class="silent">·<span class="unseen">not rated</span></span>'}</td>`,
      );
      const how = row === state.user ? "" : (cosine.get(row) || 0).toFixed(3);
      const placed = ["nearest", "2nd", "3rd", "4th"][place] ?? "";
      const said = row === state.user ? "asked" : placed;
      return `<tr class="${kind}"><th scope="row">user ${label}</th>${cells.join("")}<td class="how">${how}</td><td class="role">${said}</td></tr>`;
    });
    const scores = five.titles.map((_, film) => {
      const found = five.reason(state.user, film, state.k, state.theta);
      return `<td${here(film)}>${found.explainable ? fixed(found.expected) : "0"}</td>`;
    });
    return (
      `<caption class="unseen">Ratings of the five users, their similarity to user ${user}, and E of each film</caption>` +
      `<thead><tr><td></td>${head.join("")}<th scope="col">cosine</th><td></td></tr></thead><tbody>${rows.join("")}</tbody>` +
      `<tfoot><tr><th scope="row"><i>E</i> for user ${user}</th>${scores.join("")}<td></td><td></td></tr></tfoot>`
    );
  }

  function showReason({ counts, n, expected, explainable, silent, theta, title }) {
    const digits = n > 100 ? 3 : 2;
    const all = [...counts, silent];
    const names = [...STARS.map(String), "not rated"];
    const top = Math.max(...all, 1);
    const bars = all.map((value, i) => {
      const [x, height] = [8 + i * 58, (130 * value) / top];
      return (
        `<rect class="${i < 5 ? "rated" : "silent"}" x="${x}" y="${152 - height}" width="48" height="${height}"/>` +
        `<text class="value" x="${x + 24}" y="${145 - height}">${value}</text>` +
        `<text x="${x + 24}" y="${172}">${names[i]}</text>`
      );
    });
    const picture = out("histogram");
    picture.innerHTML =
      '<defs><pattern id="explorer-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">' +
      '<line x1="0" y1="0" x2="0" y2="6"/></pattern></defs>' +
      `${bars.join("")}<line class="axis" x1="0" x2="360" y1="152" y2="152"/>`;
    picture.setAttribute(
      "aria-label",
      `How many of ${n} neighbours gave ${title} each rating: ` +
        STARS.map((x) => `${x} stars ${counts[x - 1]}`).join(", ") + `, not rated ${silent}.`,
    );
    const rows = STARS.map((x, i) => [x, counts[i], rounded(counts[i] / n, digits), rounded((x * counts[i]) / n, digits)]);
    out("counts").innerHTML =
      [...rows, ["not rated", silent, rounded(silent / n, digits), "0"]]
        .map(([x, ...cells]) => `<tr><th scope="row">${x}</th>${cells.map((c) => `<td>${c}</td>`).join("")}</tr>`)
        .join("") + `<tr class="total"><th scope="row">all</th><td>${n}</td><td>1</td><td>${fixed(expected)}</td></tr>`;
    out("sum").innerHTML = rows
      .map(([x, , share]) => `<span>${x} × ${share}</span>`)
      .join(" + ");
    out("E").textContent = fixed(expected);
    const gauge = out("gauge");
    gauge.classList.toggle("cannot", !explainable);
    gauge.style.setProperty("--e", `${20 * expected}%`);
    gauge.style.setProperty("--theta", `${20 * theta}%`);
    const where = `${fixed(expected)} is ${explainable ? "" : "not "}above <i>θ</i>&nbsp;=&nbsp;${theta}`;
    const how = explainable ? "it can be explained" : "it cannot be explained, and <i>E</i> counts as 0";
    out("explainable").innerHTML = `${mark(explainable)} ${where}: ${how}.`;
    out("explainable").dataset.value = explainable;
  }
  const rounded = (x, digits) => (Number.isFinite(x) ? x.toFixed(digits) : "0");

  function showModels({ autorec, eautorec, without, own, how }) {
    const effect = eautorec - without;
    const at = (rating) => 20 + ((rating - 1) / 4) * 320;
    const ticks = STARS.map(
      (x) => `<line class="tick" x1="${at(x)}" x2="${at(x)}" y1="14" y2="72"/><text x="${at(x)}" y="90">${x}</text>`,
    );
    const square = (x, y, kind) => `<rect class="${kind}" x="${x - 7}" y="${y - 7}" width="14" height="14"/>`;
    const picture = out("scale");
    picture.innerHTML =
      `${ticks.join("")}<line class="axis" x1="20" x2="340" y1="72" y2="72"/>` +
      `<circle class="autorec" cx="${at(autorec)}" cy="24" r="7.5"/>` +
      `<line class="moved" x1="${at(without)}" x2="${at(eautorec)}" y1="50" y2="50"/>` +
      square(at(without), 50, "without") + square(at(eautorec), 50, "eautorec") +
      (own ? `<path class="own" d="M${at(own)} 63 l8 9 l-8 9 l-8 -9z"/>` : "");
    picture.setAttribute(
      "aria-label",
      `On a scale from 1 to 5: AutoRec ${fixed(autorec)}, E-AutoRec ${fixed(eautorec)}, without this reason ${fixed(without)}` +
        (own ? `, the user's own rating ${own}.` : "."),
    );
    const rows = [
      ["autorec", "●", "AutoRec", fixed(autorec), autorec],
      ["eautorec", "■", "E-AutoRec", fixed(eautorec), eautorec],
      ["without", "□", "E-AutoRec without this film's <i>e</i>", fixed(without), without],
      ["effect", "", "effect: what the reason moved", effect ? signed(effect, 4) : "0", effect],
    ];
    if (own) rows.push(["own", "◆", `the user's own rating <small>(${how})</small>`, own, own]);
    out("models").innerHTML = rows
      .map(([kind, sign, name, value, data]) =>
        `<tr class="${kind}"><th scope="row"><span class="sign" aria-hidden="true">${sign}</span> ${name}</th>` +
        `<td data-out="${kind}" data-value="${data}">${value}</td></tr>`)
      .join("");
  }

  function showMep(found) {
    const base = found.random;
    out("mep-head").textContent = `MEP@${world.n}`;
    out("mep-caption").textContent =
      world === five
        ? "Share of the five users whose first film can be explained."
        : `Share of the first ${world.n} films that can be explained: mean over ${world.n_users} users. The dashed line is chance.`;
    out("mep").parentElement.style.setProperty("--base", `${100 * base}%`);
    out("mep").innerHTML = Object.entries(LISTS)
      .map(([name, words]) => {
        const value = found[name];
        const above = name === "random" ? "" : `${signed(100 * (value - base), 1)}`;
        return (
          `<tr class="${name.replace(" ", "-").toLowerCase()}"><th scope="row"><span class="sign" aria-hidden="true">${MARKS[name]}</span> ${words}</th>` +
          `<td class="bars"><div><i style="width:${100 * value}%"></i></div></td>` +
          `<td data-out="mep:${name}" data-value="${value}">${percent(value)}</td><td>${above}</td></tr>`
        );
      })
      .join("");
  }

  function showTop(lists, user) {
    out("top-head").textContent = `The films that user ${user} has not rated, best first`;
    out("top").innerHTML = Object.entries(lists)
      .map(([name, films]) => {
        const items = films.map(({ title, expected, explainable }) =>
          `<li class="${explainable ? "can" : "cannot"}"><div><span>${escape(title)}</span> ` +
          `<span class="e">${mark(explainable)}<span class="unseen">${explainable ? "explainable" : "not explainable"},</span> <i>E</i> ${fixed(expected)}</span></div></li>`);
        const able = films.filter((film) => film.explainable).length;
        return (
          `<div class="${name.toLowerCase()}"><p><span class="sign" aria-hidden="true">${MARKS[name]}</span> ${name}: ` +
          `<span data-out="top:${name}">${able} of ${films.length}</span> can be explained</p><ol>${items.join("")}</ol></div>`
        );
      })
      .join("");
  }

  /** For screen readers, once the reader has come to rest; nothing as the page opens. */
  let waiting = null;
  function say({ title, expected, explainable }, found) {
    if (waiting === null) return void (waiting = 0);
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      out("said").textContent =
        `${state.k} neighbours, theta ${state.theta}. ${title}: E ${fixed(expected)}, ` +
        `${explainable ? "explainable" : "not explainable"}. MEP: AutoRec ${percent(found["AutoRec"])}, ` +
        `E-AutoRec ${percent(found["E-AutoRec"])}, random films ${percent(found.random)}.`;
    }, 500);
  }

  // --- What the reader does ---

  pick.addEventListener("change", ({ target }) => {
    if (target.name === "world") {
      world = worlds[target.value];
      state = states[target.value];
    } else if (target.name === "user") {
      state.user = Number(target.value);
      if (world === movielens) state.film = explained(state.user);
    } else {
      state.film = Number(target.value);
    }
    fill();
    show();
  });
  sliders.addEventListener("input", () => {
    state.k = world.ks[kSlider.value];
    state.theta = data.thetas[thetaSlider.value];
    show();
  });
  sliders.querySelector("button").addEventListener("click", () => {
    Object.assign(state, { k: world.k, theta: 0 });
    fill();
    show();
  });
  for (const form of [pick, sliders]) form.addEventListener("submit", (event) => event.preventDefault());
  pick.reset();
  fill();
  show();
})();
