// The page: one search box, and views for an item, the documents and SPARQL. Its address says all of its state.
import { get, h } from "./dom.js";
import { WORDS } from "./words.js";

const PAUSE = 250; // ms without a keystroke after which the question is asked
const SAMPLES = 6;
const EXPORTS = ["turtle", "nquads", "jsonld", "rdfxml", "graphml", "svg"];
const box = document.getElementById("q");
const view = document.getElementById("view");
const status = document.getElementById("status");

let language = localStorage.getItem("language") === "en" ? "en" : "zh";
let running = new AbortController();
let timer = 0;
const say = () => WORDS[language];

// ---- addresses

const here = () => new URLSearchParams(location.search);
const addressOf = (parameters) => `/?${new URLSearchParams(parameters)}`;
const link = (parameters, properties, ...children) => h("a", { href: addressOf(parameters), ...properties }, ...children);

function go(address, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"](null, "", address);
  show();
}

async function show() {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  const state = here();
  try {
    if (state.get("item")) await showItem(state.get("item"), signal);
    else if (state.get("view") === "documents") await showDocuments(signal);
    else if (state.get("view") === "sparql") await showSparql(state.get("query"), signal);
    else await showSearch((state.get("q") ?? "").trim(), signal);
  } catch (error) {
    if (error.name !== "AbortError") report(error.message, true);
  }
}

function report(text, wrong = false) {
  status.textContent = text;
  status.classList.toggle("error", wrong);
}

// ---- search

async function showSearch(question, signal) {
  if (box.value.trim() !== question) box.value = question; // never under the hands of somebody who types
  document.title = question ? `${question} · ${say().title}` : "要点 Yaodian";
  if (!question) return showSamples(signal);
  report(say().searching);
  const answer = await get(`/search?${new URLSearchParams({ q: question, limit: 20 })}`, { signal });
  report(answer.answered ? say().found(answer.total, answer.results.length) : say().nothing);
  const words = [question, ...answer.concepts.map((concept) => concept.label)];
  view.replaceChildren(
    ...concepts(answer),
    h("ol", { className: "results" }, answer.results.map((result) => h("li", {}, card(result, words)))),
    ...nearMisses(answer.near, words),
  );
}

async function showSamples(signal) {
  report("");
  const { themes } = await get("/themes", { signal });
  const tops = themes.filter((theme) => !theme.broader && theme.items_main > 0);
  view.replaceChildren(
    h("h2", {}, say().try),
    h("ul", { className: "samples" }, tops.slice(0, SAMPLES).map((theme) => {
      const question = say().question(theme);
      return h("li", {}, link({ q: question }, {}, question));
    })),
  );
}

function concepts(answer) {
  const chips = answer.concepts.map((concept) => h("span", { className: `chip ${concept.kind}` }, concept.label));
  if (answer.sparql) chips.push(link({ view: "sparql", query: answer.sparql }, { className: "chip" }, say().asSparql));
  return chips.length ? [h("div", { className: "chips" }, chips)] : [];
}

function card(result, words) {
  const marked = [...words, ...result.reasons.map((reason) => reason.label)];
  return h("article", { className: "card" },
    h("h3", {},
      h("span", { className: "number" }, String(result.number ?? "·")),
      link({ item: result.id }, {}, result.heading ?? result.path),
      h("meter", { min: 0, max: 1, value: result.score, title: say().score(result.score), ariaLabel: say().score(result.score) })),
    h("p", { className: "where" }, [result.document.title, result.section, result.path].filter(Boolean).join(" · ")),
    result.evidence.map((evidence) => h("p", { className: "sentence", title: say().place(evidence.start, evidence.end) }, highlight(joined(evidence.text), marked))),
    h("div", { className: "chips" }, result.reasons.map((reason) =>
      h("span", { className: `chip ${reason.kind}`, title: `${reason.kind} ${Math.round(reason.weight * 100)}%` }, reason.label))));
}

function nearMisses(near, words) {
  if (!near.length) return [];
  return [h("section", { className: "near" },
    h("h2", {}, say().near),
    h("p", { className: "near-note" }, say().nearNote),
    near.map((result) => card(result, words)))];
}

/** A quotation without the line breaks of the file: Chinese has no space where a line was broken. */
const joined = (text) => text.replace(/\s*\n\s*/g, "");

/** Text with the given words marked, longest first. */
function highlight(text, words) {
  const wanted = [...new Set(words)].filter((word) => word.length > 1).sort((a, b) => b.length - a.length);
  const parts = [];
  let plain = "";
  for (let at = 0; at < text.length;) {
    const word = wanted.find((candidate) => text.startsWith(candidate, at));
    if (word) {
      parts.push(plain, h("mark", {}, word));
      plain = "";
      at += word.length;
    } else plain += text[at++];
  }
  return [...parts, plain];
}

// ---- an item

async function showItem(id, signal) {
  report(say().loading);
  const [item, labels] = await Promise.all([get(`/items/${encodeURIComponent(id)}`, { signal }), vocabulary(signal)]);
  report("");
  document.title = `${item.heading ?? item.path} · ${say().title}`;
  const text = h("div", { className: "text", lang: "zh" });
  const draw = (found) => text.replaceChildren(...itemText(item, found?.places ?? []));
  draw(null);
  const label = (node) => labels[node.class] ?? node.class;
  const sayFact = ({ subject, predicate, object }) => `${subject.iri === item.iri ? "" : `${name(subject)} `}${labels[predicate] ?? predicate} → ${name(object)}`;
  view.replaceChildren(
    h("p", {}, h("button", { type: "button", id: "back", onclick: back }, `← ${say().back}`)),
    h("h1", {}, item.heading ?? item.path),
    h("p", { className: "where" }, [item.document.title, item.section, item.path, say().place(item.start, item.end)].filter(Boolean).join(" · ")),
    text,
    ...block(say().themes, grouped(byGrade(item.themes), (fact) => fact.object.iri), (groups) => h("div", { className: "chips" }, groups.map((group) =>
      h("button", { type: "button", className: `chip theme grade${group.first.grade}`, onclick: () => draw(group) }, name(group.first.object))))),
    ...block(say().task, item.task && [item.task], ([task]) => frame(task)),
    ...block(say().facts, grouped(item.facts, (fact) => [fact.subject.iri, fact.predicate, fact.object.iri].join()), (groups) =>
      [h("p", { className: "near-note" }, say().factsHint), rows(groups, draw, ({ first }) => [sayFact(first), label(first.object)])]),
    ...block(say().mentions, grouped(item.mentions, (mention) => mention.entity.iri), (groups) =>
      rows(groups, draw, ({ first }) => [name(first.entity), label(first.entity)])),
    ...block(say().exportOne, EXPORTS, () => exportLinks({ focus: item.iri })),
  );
}

const name = (node) => (language === "en" && node.name_en ? node.name_en : node.name);
const block = (title, values, body) => (values?.length ? [h("h2", {}, title), body(values)].flat() : []);
const back = () => (history.length > 1 ? history.back() : go("/"));

const byGrade = (facts) => [...facts].sort((one, other) => other.grade - one.grade);

/** Statements that say the same in several places: the first of each kind, with all its places. */
function grouped(statements, key) {
  const groups = new Map();
  for (const statement of statements) {
    const group = groups.get(key(statement)) ?? { first: statement, places: [] };
    group.places.push(statement.evidence);
    groups.set(key(statement), group);
  }
  return [...groups.values()];
}

function rows(values, choose, words) {
  return h("ul", { className: "rows" }, values.map((value) => {
    const [main, aside] = words(value);
    return h("li", {}, h("button", { type: "button", onclick: () => choose(value), title: value.first.rule }, main, h("small", {}, aside)));
  }));
}

function frame(task) {
  const shown = (value) => (Array.isArray(value) ? value.join("、") : value?.printed ?? value) || say().notStated;
  return h("dl", {}, Object.entries(say().taskFields).flatMap(([field, title]) => [h("dt", {}, title), h("dd", {}, shown(task[field]))]));
}

/** The item's text with its names underlined and the evidence marked. */
function itemText(item, evidence) {
  const kinds = Array.from(item.text, () => "");
  const paint = (place, kind) => {
    const found = locate(item, place);
    if (found) kinds.fill(kind, found.start, found.end);
  };
  item.mentions.forEach((mention) => paint(mention.evidence, "name"));
  evidence.forEach((place) => paint(place, "mark"));
  const parts = [];
  const characters = Array.from(item.text);
  for (let at = 0, from = 0; at < characters.length; at++) {
    if (at + 1 < characters.length && kinds[at + 1] === kinds[at]) continue;
    const run = characters.slice(from, at + 1).join("");
    parts.push(kinds[from] === "mark" ? h("mark", {}, run) : kinds[from] === "name" ? h("span", { className: "name" }, run) : run);
    from = at + 1;
  }
  return parts;
}

/**
 * Where a piece of evidence stands in the text shown, in code points. Offsets count the file's characters, but what is
 * shown is repaired: joined lines have moved it. So it is looked for, nearest to where the file has it; null where a
 * repair lies inside it.
 */
function locate(item, place) {
  const text = Array.from(item.text);
  const wanted = Array.from(place.text.replace(/\s/g, ""));
  let best = null;
  for (let start = 0; start + wanted.length <= text.length; start++) {
    if (!wanted.every((character, offset) => text[start + offset] === character)) continue;
    const away = Math.abs(start - (place.start - item.start));
    if (!best || away < best.away) best = { start, end: start + wanted.length, away };
  }
  return best;
}

/** Labels of classes and predicates in the page's language, by local name, from the ontology in the base. */
async function vocabulary(signal) {
  const query = `SELECT ?term ?label { ?term rdfs:label ?label FILTER(STRSTARTS(STR(?term), STR(yao:)) && LANG(?label) = "${language}") }`;
  const { results } = await select(query, signal);
  return Object.fromEntries(results.bindings.map((row) => [row.term.value.split("#").pop(), row.label.value]));
}

// ---- documents and exports

async function showDocuments(signal) {
  report(say().loading);
  const { documents } = await get("/documents", { signal });
  report("");
  document.title = `${say().documents} · ${say().title}`;
  view.replaceChildren(
    ...documents.map((reference) => documentCard(reference, signal)),
    h("h2", {}, say().exportAll), exportLinks({}),
  );
}

function documentCard(reference, signal) {
  const list = h("ul", { className: "rows" });
  const fold = h("details", {}, h("summary", {}, reference.title), h("p", { className: "where" }, reference.source), exportLinks({ document: reference.id }), list);
  fold.addEventListener("toggle", async () => {
    if (!fold.open || list.childElementCount) return;
    const { items } = await get(`/documents/${reference.id}`, { signal });
    list.append(...items.map((item) => h("li", {}, link({ item: item.id }, {}, `${item.path}  ${item.heading ?? ""}`))));
  });
  return h("article", { className: "card" }, fold);
}

function exportLinks(parameters) {
  const suffix = Object.keys(parameters).length ? `?${new URLSearchParams(parameters)}` : "";
  return h("p", { className: "exports" }, EXPORTS.map((format) => h("a", { href: `/export/${format}${suffix}`, download: "" }, format)));
}

// ---- SPARQL

async function select(query, signal) {
  return get("/sparql", {
    method: "POST", body: query, signal,
    headers: { "Content-Type": "application/sparql-query", Accept: "application/sparql-results+json, application/ld+json" },
  });
}

async function showSparql(given, signal) {
  report("");
  document.title = `SPARQL · ${say().title}`;
  const { queries } = await get("/queries", { signal });
  const text = h("textarea", { spellcheck: false, ariaLabel: "SPARQL", value: given ?? queries[0]?.text ?? "" });
  const results = h("div", { className: "scroll" });
  const ready = h("select", { ariaLabel: say().choose, onchange: () => { text.value = queries[ready.selectedIndex - 1]?.text ?? text.value; } },
    h("option", {}, say().choose), queries.map((query) => h("option", {}, query[`question_${language}`])));
  const run = () => runSparql(text.value, results);
  text.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run(); });
  view.replaceChildren(text, h("div", { className: "bar" }, ready, h("button", { type: "button", className: "primary", onclick: run, title: "Ctrl+Enter" }, say().run)), results);
  if (given) run();
}

async function runSparql(query, results) {
  report(say().searching);
  try {
    const found = await select(query, running.signal);
    results.replaceChildren(found.results ? table(found) : h("pre", {}, JSON.stringify(found.boolean ?? found, null, 2)));
    report(found.results ? say().rows(found.results.bindings.length) : "");
  } catch (error) {
    if (error.name === "AbortError") return;
    results.replaceChildren();
    report(error.message, true);
  }
}

function table({ head, results }) {
  const cell = (term) => {
    if (!term) return "";
    const at = term.type === "uri" ? term.value.indexOf("/id/") : -1;
    return at > 0 ? h("a", { href: term.value.slice(at) }, term.value.slice(at + 1)) : term.value;
  };
  return h("table", {},
    h("thead", {}, h("tr", {}, head.vars.map((variable) => h("th", {}, variable)))),
    h("tbody", {}, results.bindings.map((row) => h("tr", {}, head.vars.map((variable) => h("td", {}, cell(row[variable])))))));
}

// ---- language, keys, start

function speak() {
  document.documentElement.lang = language;
  document.getElementById("language").textContent = say().other;
  box.placeholder = say().placeholder;
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = say()[element.dataset.text];
}

document.getElementById("language").addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  localStorage.setItem("language", language);
  speak();
  show();
});

function ask({ replace }) {
  clearTimeout(timer);
  const question = box.value.trim();
  go(question ? addressOf({ q: question }) : "/", { replace });
}

box.addEventListener("input", (event) => {
  clearTimeout(timer);
  if (!event.isComposing) timer = setTimeout(() => ask({ replace: here().has("q") }), PAUSE); // not while an input method composes
});
box.addEventListener("compositionend", () => { timer = setTimeout(() => ask({ replace: here().has("q") }), PAUSE); });
document.getElementById("search").addEventListener("submit", (event) => {
  event.preventDefault();
  ask({ replace: here().get("q") === box.value.trim() });
});

document.addEventListener("click", (event) => {
  const anchor = event.target.closest("a");
  const ours = anchor && anchor.origin === location.origin && anchor.pathname === "/" && !anchor.target;
  if (!ours || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  box.blur();
  go(anchor.href);
  scrollTo(0, 0);
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "/" && !typing) {
    event.preventDefault();
    box.focus();
    box.select();
  } else if (event.key === "Escape" && here().get("item")) back();
});

addEventListener("popstate", () => { box.blur(); show(); });
speak();
show();
