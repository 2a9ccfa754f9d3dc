"""Reduces NetBox's OpenAPI schema (`contrib/openapi.json`) to what the export uses: `python -m … openapi.json SOURCE`.

The result has, for each list, the filters, the fields of a request with their limits, and the fields of a response.
`--without LIST.FIELD` leaves out fields that a later release added, to describe an earlier one.
"""

from __future__ import annotations

import json
import sys
from typing import Any

LISTS = (
    "dcim/sites", "dcim/manufacturers", "dcim/device-roles", "dcim/platforms", "dcim/device-types",
    "extras/custom-fields", "dcim/devices", "dcim/interfaces", "dcim/mac-addresses", "ipam/ip-addresses",
    "ipam/prefixes",
)  # fmt: skip
#: Lookups of filters that are kept; NetBox has about a dozen for each field.
LOOKUPS = ("name__ie",)
KEPT = ("type", "format", "maxLength", "minLength", "pattern", "enum", "nullable", "minimum", "maximum", "items")


def reduce(schema: dict[str, Any], source: str, without: set[str]) -> dict[str, Any]:
    """The reduced schema."""
    components = schema["components"]["schemas"]
    lists = {}
    for path in LISTS:
        operations = schema["paths"][f"/api/{path}/"]
        body = operations["post"]["requestBody"]["content"]["application/json"]["schema"]
        request = _named(components, body.get("oneOf", [body])[0])
        found = operations["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        response = _named(components, _named(components, found)["properties"]["results"]["items"])
        filters = {one["name"] for one in operations["get"]["parameters"] if one["in"] == "query"}
        lists[path] = {
            "filters": sorted(name for name in filters if "__" not in name or name in LOOKUPS),
            "required": sorted(request.get("required", ())),
            "request": {
                name: _field(components, field)
                for name, field in request["properties"].items()
                if f"{path}.{name}" not in without
            },
            "response": sorted(name for name in response["properties"] if f"{path}.{name}" not in without),
        }
    return {"source": source, "licence": "Apache License 2.0", "version": schema["info"]["version"], "lists": lists}


def _named(components: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    return components[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _field(components: dict[str, Any], field: dict[str, Any]) -> dict[str, Any]:
    """One field: its limits, or `reference` for an object that is given by its id."""
    kept = {name: value for name, value in field.items() if name in KEPT}
    options = field.get("oneOf") or field.get("allOf") or ([field] if "$ref" in field else [])
    for option in options:
        if option.get("type") == "integer" and "oneOf" in field:
            return {"reference": True, **({"nullable": True} if field.get("nullable") else {})}
        named = _named(components, option)
        if "enum" in named:
            kept |= {"type": named["type"], "enum": named["enum"]}
    if kept.get("type") == "array" and "$ref" in kept.get("items", {}):
        kept["items"] = {"type": "object"}
    if len(kept.get("enum", ())) > 60:  # interface types
        kept["enum"] = [value for value in kept["enum"] if value in ("virtual", "lag", "1000base-t", "other")]
    return kept


if __name__ == "__main__":
    place, about, *rest = sys.argv[1:]
    with open(place, encoding="utf-8") as file:
        result = reduce(json.load(file), about, {word.removeprefix("--without=") for word in rest})
    parts = [f" {json.dumps(name)}: {json.dumps(value)}" for name, value in result.items() if name != "lists"]
    lists = ",\n".join(f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in result["lists"].items())
    print("{\n" + ",\n".join(parts) + ',\n "lists": {\n' + lists + "\n }\n}")
