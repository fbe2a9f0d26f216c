"""The alerts and the dashboard ask for metrics that there are, by labels that they have, and leave none out."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from chat import metrics
from tests.processes import ROOT

RULES = [
    rule
    for group in yaml.safe_load((ROOT / "deploy" / "prometheus" / "ozeki-web.yml").read_text(encoding="utf-8"))[
        "groups"
    ]
    for rule in group["rules"]
]
DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "ozeki-web.json").read_text(encoding="utf-8"))
PANELS = {panel["title"]: [target["expr"] for target in panel["targets"]] for panel in DASHBOARD["panels"]}
ALERTS = {rule["alert"]: [rule["expr"]] for rule in RULES}
OURS = {metric._name: metric for metric in vars(metrics).values() if hasattr(metric, "_labelnames")}
OWN = {"up", "ALERTS"}  # Prometheus' own
ENDINGS = {"histogram": ("_bucket", "_count", "_sum"), "counter": ("_total",)}


def stored():
    """The names under which Prometheus stores what we measure."""
    return {family.name + ending for family in metrics.REGISTRY.collect() for ending in ENDINGS.get(family.type, ("",))}


def plain(name):
    """A metric's own name, whichever of its stored ones this is."""
    return re.sub("_(bucket|count|sum|total)$", "", name)


def labels_of(name):
    """The labels that one may choose a metric by: its own, and those that Prometheus adds."""
    own = OURS[plain(name)]._labelnames if plain(name) in OURS else ()
    return {"job", "instance", "le", *own}


def asked(expression):
    """(metric, the labels it is chosen by) of an expression."""
    bare = re.sub(r'"[^"]*"', "''", re.sub(r"by \([^)]*\)", "", expression))
    chosen = re.findall(r"\b((?:ozeki_web|process)_\w+|up|ALERTS)\b(?:\{([^}]*)\})?", bare)
    return [(name, re.findall(r"(\w+)(?:=~|!=|!~|=)", labels)) for name, labels in chosen]


@pytest.mark.parametrize(
    "expressions", [*ALERTS.values(), *PANELS.values()], ids=[*ALERTS, *(title.replace(" ", "-") for title in PANELS)]
)
def test_what_is_asked_for_is_measured(expressions):
    for expression in expressions:
        assert expression.count("(") == expression.count(")")
        assert asked(expression)
        for name, labels in asked(expression):
            assert name in stored() | OWN
            assert name in OWN or set(labels) <= labels_of(name)


def test_the_dashboard_leaves_no_metric_of_ours_out():
    shown = {name for expressions in PANELS.values() for expression in expressions for name, _ in asked(expression)}
    assert len(OURS) > 10
    assert set(OURS) - {plain(name) for name in shown} == set()


def test_the_panels_lie_beside_each_other():
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    squares = [
        (x, y)
        for place in places
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(squares) == len(set(squares))
    assert {x for x, _ in squares} == set(range(24))


def test_each_alert_says_what_it_means_and_how_bad_it_is():
    assert len(ALERTS) == len(RULES) > 8
    for rule in RULES:
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["labels"]["severity"] in ("critical", "warning")
