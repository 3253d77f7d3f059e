"""The evaluation as one HTML page with plots, no outside file needed."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from app.core.matching.labels import is_topic

if TYPE_CHECKING:
    from app.lab.evaluate import Line, Report

_STYLE = """body{font:15px/1.6 system-ui,"Noto Sans CJK SC",sans-serif;margin:2rem auto;max-width:1100px;padding:0 1rem}
table{border-collapse:collapse}td,th{padding:.2rem .6rem;border-bottom:1px solid #ddd;text-align:left}
.m td{padding:0;width:18px;height:18px;text-align:center;font-size:10px;border:1px solid #eee}
.m th{font-size:11px;white-space:nowrap;font-weight:normal}
svg{background:#fafafa;border:1px solid #ddd;margin-right:1rem}"""


def render(report: "Report") -> str:
    """The whole page."""
    error, bins = report.calibration()
    shares = "".join(f"<tr><td>{escape(n)}<td>{escape(str(s))}" for n, s in report.shares().items())
    promised = "".join(f"<li>{escape(str(promise))}" for promise in report.promised)
    return (
        "<!doctype html><html lang=zh-CN><meta charset=utf-8><title>匹配评测</title>"
        f"<style>{_STYLE}</style><h1>匹配评测</h1><table>{shares}</table>"
        f"<h2>把握准不准（ECE {error:.3f}）与覆盖/答错曲线</h2>{_reliability(bins)}{_curve(report.lines)}"
        f"<h2>约定与代价</h2><ul>{promised}</ul>"
        f"<h2>混淆表</h2>{_matrix(report.lines)}<h2>没答好的</h2>{_misses(report.misses())}</html>"
    )


def _reliability(bins: Sequence[tuple[float, float, int]]) -> str:
    points = "".join(
        f'<circle cx="{30 + sure * 240:.0f}" cy="{270 - right * 240:.0f}" r="{3 + number**0.5 / 3:.1f}" fill="#27c"/>'
        for sure, right, number in bins
    )
    return (
        '<svg width="300" height="300" role="img" aria-label="可靠性图">'
        f'<path d="M30 270L270 30" stroke="#aaa"/>{points}'
        '<text x="90" y="292" font-size="12">把握 → 实际答对比例 ↑</text></svg>'
    )


def _curve(lines: "Sequence[Line]") -> str:
    """Coverage to the right, wrong share upwards (20 % at the top), over all thresholds."""
    rows = sorted(
        (x for x in lines if is_topic(x.answer.ranking.best.label)), key=lambda x: -x.answer.ranking.best.confidence
    )
    inside = sum(x.inside for x in lines) or 1
    right = wrong = 0
    points = []
    for x in rows:
        good = x.answer.ranking.best.label in x.labels
        right, wrong = right + good, wrong + (not good)
        points.append(f"{30 + right / inside * 240:.1f},{270 - min(wrong / (right + wrong), 0.2) * 1200:.1f}")
    return (
        '<svg width="300" height="300" role="img" aria-label="覆盖与答错">'
        '<path d="M30 246H270" stroke="#c66" stroke-dasharray="4"/>'
        f'<polyline fill="none" stroke="#27c" points="{" ".join(points)}"/>'
        '<text x="60" y="292" font-size="12">答对的占比 → 答错比例 ↑（虚线 2%）</text></svg>'
    )


def _matrix(lines: "Sequence[Line]") -> str:
    names = sorted({x.labels[0] for x in lines} | {x.answer.ranking.best.label for x in lines})
    head = "".join(f"<th title='{escape(n)}'>{i}</th>" for i, n in enumerate(names))
    body = []
    for i, expected in enumerate(names):
        cells = []
        for got in names:
            number = sum(x.labels[0] == expected and x.answer.ranking.best.label == got for x in lines)
            colour = "#fff" if not number else ("#bde5c0" if got == expected else "#f6b7b0")
            cells.append(f'<td style="background:{colour}">{number or ""}</td>')
        body.append(f"<tr><th>{i} {escape(expected)}</th>{''.join(cells)}")
    return f"<table class=m><tr><th></th>{head}</tr>{''.join(body)}</table>"


def _misses(lines: "Sequence[Line]") -> str:
    rows = "".join(
        f"<tr><td>{escape(x.answer.text)}<td>{escape('、'.join(x.labels))}<td>{escape(x.answer.action)} "
        f"{escape('、'.join(x.answer.intents))}<td>"
        + "，".join(f"{escape(c.label)} {c.confidence:.0%}" for c in x.answer.ranking.candidates[:3])
        for x in lines
    )
    return f"<table><tr><th>消息<th>应是<th>做了<th>前三</tr>{rows}</table>"
