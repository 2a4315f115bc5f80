// /docs: the routes of /openapi.json as plain tables.
import { get, h } from "./dom.js";

const description = await get("/openapi.json");

function parameters(operation) {
  const rows = (operation.parameters ?? []).filter((parameter) => parameter.in !== "header").map((parameter) => {
    const { minimum, maximum, default: preset } = parameter.schema;
    const limits = minimum !== undefined ? `${minimum} – ${maximum ?? ""}` : "";
    return h("tr", {},
      h("td", {}, h("code", {}, parameter.name)),
      h("td", {}, [parameter.in, parameter.required ? "required" : "", limits, preset !== undefined && preset !== null ? `default ${preset}` : ""].filter(Boolean).join(", ")),
      h("td", {}, parameter.description ?? ""));
  });
  return rows.length ? h("div", { className: "scroll" }, h("table", {}, h("tbody", {}, ...rows))) : null;
}

function answer(operation) {
  const types = Object.keys(operation.responses["200"]?.content ?? {}).filter((type) => type !== "*/*");
  return types.length ? h("p", { className: "where" }, types.join(" · ")) : null;
}

for (const [path, methods] of Object.entries(description.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    document.getElementById("routes").append(h("section", { className: "card" },
      h("h3", {}, h("span", {}, h("span", { className: "method" }, method.toUpperCase()), " ", h("code", {}, path))),
      h("p", {}, operation.description ?? operation.summary ?? ""),
      parameters(operation), answer(operation)));
  }
}
