/* Copyright: (c) 2026, the ngcp.fax authors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
(() => {
  "use strict";
  // So many rows are put into a table at a time: a page with all of 10,000 is slow.
  const SLICE = 100;
  const EMPTY = { domain: "no domain", customer: "no customer", field: "no field", by: "no author", what: "" };

  const content = JSON.parse(document.getElementById("data").textContent);
  const sides = content.sides;
  const all = content.rows.map((values, order) => {
    const row = { order };
    content.columns.forEach((name, at) => { row[name] = values[at]; });
    return row;
  });
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const count = (number) => number.toLocaleString("en-US");
  const rows = (number) => (number === 1 ? "1 row" : `${count(number)} rows`);

  const tools = document.getElementById("tools");
  const search = document.getElementById("search");
  const group = document.getElementById("group");
  const told = document.getElementById("told");
  const filters = [...tools.querySelectorAll("[data-filter]")];
  const state = { sort: null, down: false };

  // Elements: text is always text.
  const make = (name, attributes, ...children) => {
    const element = document.createElement(name);
    Object.entries(attributes || {}).forEach(([key, value]) => element.setAttribute(key, value));
    element.append(...children.filter((child) => child !== null && child !== ""));
    return element;
  };
  // A long name breaks after these signs first.
  const breakable = (text) => text.split(/(?<=[@/])/).flatMap((part, at) => (at ? [make("wbr"), part] : [part]));
  const unseen = (text) => make("span", { class: "unseen" }, text);

  const textOf = (row) => {
    if (row.text === undefined) {
      const parts = row.parts.map((part) => [part[0], part[1] + (part[2] ?? row.nothing[0]) + part[4],
        part[1] + (part[3] ?? row.nothing[1]) + part[4]].join(" "));
      row.text = [row.what, row.subscriber, row.customer === null ? "" : `customer ${row.customer}`, row.settings, row.field,
        row.element, ...parts, row.message, row.since, row.by, row.place, row.reason].join(" ").toLowerCase();
    }
    return row.text;
  };
  const keyOf = (row, name) => (row[name] === null || row[name] === "" ? EMPTY[name] : String(row[name]));

  const value = (row, part, side) => {
    const shown = part[2 + side];
    return shown === null ? [make("i", null, row.nothing[side])] : [part[1], make("mark", null, shown), part[4]];
  };
  const difference = (row) => {
    if (!row.parts.length) return [make("p", null, row.message)];
    return row.parts.map((part) => make("p", { class: "part" },
      part[0] ? make("span", { class: "key" }, part[0]) : null, part[0] ? " " : null,
      make("del", null, unseen(`${sides[0]}: `), ...value(row, part, 0)), " ",
      make("span", { class: "arrow", "aria-hidden": "true" }, "→"), " ",
      make("ins", null, unseen(`${sides[1]}: `), ...value(row, part, 1))));
  };
  const snippet = (name, text) => make("div", null,
    make("h3", null, name, make("button", { type: "button", "data-copy": "" }, "Copy", unseen(`: ${name}`))),
    make("pre", { tabindex: "0" }, text));
  const answer = (row) => make("tr", { role: "row", class: "answer" }, make("td", { role: "cell", colspan: "7" },
    make("div", { class: "answers" }, snippet("Declare in git", row.declare), snippet("Put back", row.restore))));
  const settle = (row) => {
    if (row.reason !== null) return [make("p", null, row.reason), make("small", null, `until ${row.expires}`)];
    if (row.declare === null) return [];
    const button = make("button", { type: "button", class: "link", "aria-expanded": "false" }, "Settle",
      unseen(` ${row.subscriber} ${row.field}`));
    button.addEventListener("click", () => {
      const line = button.closest("tr");
      const open = button.getAttribute("aria-expanded") === "true";
      button.setAttribute("aria-expanded", String(!open));
      if (open) line.nextElementSibling.remove();
      else line.after(answer(row));
      line.classList.toggle("open", !open);
    });
    return [button];
  };
  const cell = (label, ...children) => make("td", { role: "cell", "data-label": label }, ...children);
  const line = (row) => make("tr", { role: "row" },
    make("th", { role: "rowheader", scope: "row", "data-label": "Subscriber" }, make("b", null, ...breakable(row.subscriber)),
      row.customer === null ? null : make("small", null, `customer ${row.customer}`)),
    cell("What", make("span", { class: "what" }, row.what)),
    cell("Field", row.field ? make("code", null, row.field) : null,
      row.element ? make("span", { class: "element" }, ...breakable(row.element)) : null,
      row.settings ? make("small", null, row.settings) : null),
    cell(sides.join(" → "), ...difference(row)),
    cell("Since", row.since ? make("time", { datetime: row.since }, row.since.slice(0, 16).replace("T", " ")) : null,
      row.by ? make("small", null, `by ${row.by}`) : null),
    cell("Place", row.place ? make("code", { class: "place" }, ...breakable(row.place)) : null),
    cell(row.reason === null ? "Settle" : "Accepted", ...settle(row)));

  // Tables: each shows a part of its rows; the first rows of the page, made without this program, are replaced.
  const tables = [...document.querySelectorAll(".part-of-report")].map((section) => ({
    section,
    table: section.querySelector("table"),
    body: section.querySelector("tbody"),
    number: section.querySelector(".number"),
    empty: section.querySelector(".empty"),
    more: section.querySelector(".more"),
    own: all.filter((row) => row.section === section.id),
    rows: [],
    groups: null,
    done: 0,
  }));

  const append = (one, until) => {
    const fragment = document.createDocumentFragment();
    for (; one.done < Math.min(until, one.rows.length); one.done += 1) {
      const row = one.rows[one.done];
      const key = one.groups && keyOf(row, group.value);
      if (one.groups && (one.done === 0 || keyOf(one.rows[one.done - 1], group.value) !== key)) {
        fragment.append(make("tr", { role: "row", class: "group" },
          make("th", { role: "rowheader", scope: "rowgroup", colspan: "7" },
            group.value === "customer" && row.customer !== null ? `customer ${key}` : key, " ",
            make("span", { class: "number" }, rows(one.groups.get(key))))));
      }
      fragment.append(line(row));
    }
    one.body.append(fragment);
    const left = one.rows.length - one.done;
    one.more.hidden = left === 0;
    const [slice, everything] = one.more.querySelectorAll("button");
    one.more.querySelector(".shown").textContent = `${count(one.done)} of ${rows(one.rows.length)} shown.`;
    slice.textContent = `Show ${count(Math.min(SLICE, left))} more`;
    everything.textContent = `Show all ${count(one.rows.length)}`;
    everything.hidden = left <= SLICE;
  };

  const compare = (first, second) => {
    const [left, right] = [first[state.sort], second[state.sort]];
    // What has no value comes last, in both directions.
    const none = (left === null || left === "") - (right === null || right === "");
    if (none) return none;
    const order = left === null || left === "" ? 0 : collator.compare(left, right);
    return (state.down ? -order : order) || first.order - second.order;
  };

  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = filters.filter((one) => one.value !== "").map((one) => [one.dataset.filter, one.value.slice(1)]);
    const fits = (row) => wanted.every(([name, chosen]) => keyOf(row, name) === chosen)
      && (!words.length || words.every((word) => textOf(row).includes(word)));
    let found = 0;
    tables.forEach((one) => {
      one.rows = one.own.filter(fits);
      if (state.sort) one.rows.sort(compare);
      one.groups = null;
      if (group.value) {
        one.groups = new Map();
        one.rows.forEach((row) => {
          const key = keyOf(row, group.value);
          one.groups.set(key, (one.groups.get(key) || 0) + 1);
        });
        // The largest group first; inside a group the order stays.
        const places = new Map([...one.groups].sort((left, right) => right[1] - left[1]
          || collator.compare(left[0], right[0])).map(([key], at) => [key, at]));
        const place = (row) => places.get(keyOf(row, group.value));
        one.rows.sort((left, right) => place(left) - place(right));
      }
      found += one.rows.length;
      one.done = 0;
      one.body.replaceChildren();
      append(one, SLICE);
      one.table.hidden = !one.rows.length;
      one.empty.hidden = one.rows.length > 0;
      one.empty.textContent = one.own.length ? "No row fits." : "No row.";
      one.number.textContent = one.rows.length === one.own.length ? count(one.own.length)
        : `${count(one.rows.length)} of ${count(one.own.length)}`;
    });
    return found;
  };
  const tell = (text) => { told.textContent = text; };
  const update = () => {
    const found = show();
    tell(found === all.length ? `All ${rows(all.length)}.` : `${count(found)} of ${rows(all.length)}.`);
  };

  // Filters: those whose rows do not differ are of no use.
  filters.forEach((select) => {
    const name = select.dataset.filter;
    const keys = [...new Set(all.map((row) => keyOf(row, name)))].sort(collator.compare);
    select.append(make("option", { value: "" }, "all"));
    // A sign before each, for a name may be empty.
    keys.forEach((key) => select.append(make("option", { value: `=${key}` }, key)));
    select.disabled = keys.length < 2;
    select.addEventListener("change", update);
  });
  group.addEventListener("change", update);
  search.addEventListener("input", update);
  tools.addEventListener("submit", (event) => event.preventDefault());
  tools.addEventListener("reset", () => {
    // The fields are reset after this event.
    queueMicrotask(() => {
      [search, ...filters, group].forEach((one) => { one.value = ""; });
      state.sort = null;
      heads();
      update();
    });
  });

  // Sorting: a button in each head that can; ascending, descending, as it came.
  const sorters = [...document.querySelectorAll("[data-sort]")];
  const heads = () => sorters.forEach((head) => {
    if (head.dataset.sort === state.sort) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  });
  sorters.forEach((head) => {
    const name = head.textContent;
    const button = make("button", { type: "button" }, name);
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      if (state.sort !== head.dataset.sort) Object.assign(state, { sort: head.dataset.sort, down: false });
      else if (!state.down) state.down = true;
      else state.sort = null;
      heads();
      show();
      tell(state.sort ? `Sorted by ${name.toLowerCase()}, ${state.down ? "descending" : "ascending"}.` : "Not sorted.");
    });
  });

  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Where the page may not write to the clipboard: by a selection.
      const field = make("textarea", { class: "unseen", "aria-hidden": "true" });
      field.value = text;
      document.body.append(field);
      field.select();
      const copied = document.execCommand("copy");
      field.remove();
      return copied;
    }
    return true;
  };

  tables.forEach((one) => {
    one.more.addEventListener("click", (event) => {
      const button = event.target.closest("[data-more]");
      if (!button) return;
      const before = one.done;
      append(one, button.dataset.more === "all" ? Infinity : one.done + SLICE);
      tell(`${rows(one.done - before)} more, ${count(one.done)} of ${rows(one.rows.length)} shown.`);
      if (one.more.hidden || button.hidden) {
        // The button that was pressed is gone: go on at the first new row.
        const next = one.body.querySelectorAll("tr:not(.group):not(.answer)")[before];
        next.setAttribute("tabindex", "-1");
        next.focus({ preventScroll: true });
      }
    });
    one.body.addEventListener("click", async (event) => {
      const button = event.target.closest("[data-copy]");
      if (!button) return;
      const text = button.parentElement.nextElementSibling.textContent;
      const copied = await copy(text);
      button.focus();
      tell(copied ? "Copied." : "The browser does not let this page copy. Mark the text and copy it.");
      button.firstChild.textContent = copied ? "Copied" : "Not copied";
    });
  });

  // Paper has no buttons: all rows that fit.
  window.addEventListener("beforeprint", () => tables.forEach((one) => append(one, Infinity)));

  document.querySelectorAll("[data-without-script]").forEach((one) => one.remove());
  show();
  tools.hidden = false;
})();
