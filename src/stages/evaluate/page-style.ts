/** The report's only style sheet; the page's policy allows it by its hash. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --surface: #ffffff; --text: #1b2430; --muted: #5b6775; --rule: #d8dee6;
  --untrained: #7a8594; --trained: #2563c9; --teacher: #b4600a; --kept: #2f7d4f; --rejected: #b8433f;
  --right-back: #e2f3e8; --wrong-back: #fbe7e6; --open-back: #eceff3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161c; --surface: #1a2028; --text: #e4e9ef; --muted: #9aa6b4; --rule: #323c48;
    --untrained: #93a0b0; --trained: #6ea8ff; --teacher: #f0a04b; --kept: #63c48b; --rejected: #f08681;
    --right-back: #173526; --wrong-back: #43211f; --open-back: #28313c;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--text); overflow-wrap: break-word;
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main { max-width: 860px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 8px; }
h2 { font-size: 1.15rem; margin: 0 0 12px; }
h3 { font-size: 1rem; margin: 20px 0 8px; }
p { margin: 0 0 12px; overflow-wrap: anywhere; }
.lead { font-size: 1.1rem; }
.muted { color: var(--muted); }
.small { font-size: 0.875rem; }
section { background: var(--surface); border: 1px solid var(--rule); border-radius: 10px; padding: 20px; margin-top: 20px; }
section > :last-child, header > :last-child, article > :last-child { margin-bottom: 0; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 12px; margin-top: 20px; }
.card { background: var(--surface); border: 1px solid var(--rule); border-top-width: 4px; border-radius: 10px; padding: 12px 16px; }
.card .figure { display: block; font-size: 1.8rem; font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums; }
.card .words { display: block; font-size: 1.15rem; font-weight: 650; line-height: 1.95; }
.card.untrained { border-top-color: var(--untrained); }
.card.trained { border-top-color: var(--trained); }
.card.teacher { border-top-color: var(--teacher); }
figure { margin: 0; }
svg.chart { display: block; width: 100%; height: auto; color: var(--text); margin: 0 auto 12px; }
svg.chart.wide { max-width: 760px; }
svg.chart.narrow { max-width: 400px; }
svg.chart text { white-space: pre; }
svg.chart.narrow { display: none; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; list-style: none; padding: 0; margin: 0 0 8px; font-size: 0.875rem; }
.legend li::before { content: ""; display: inline-block; width: 18px; height: 4px; border-radius: 2px; margin-right: 7px; vertical-align: middle; background: var(--trained); }
.legend li.validation::before { background: var(--teacher); }
.scroll { overflow-x: auto; margin-bottom: 12px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
td { overflow-wrap: anywhere; }
th, td { text-align: left; padding: 6px 12px 6px 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
th { font-weight: 600; color: var(--muted); font-size: 0.875rem; }
td.number, th.number { text-align: right; white-space: nowrap; }
tfoot td { font-weight: 600; border-bottom: 0; }
article { border-top: 1px solid var(--rule); padding-top: 16px; margin-top: 16px; }
article:first-of-type { border-top: 0; padding-top: 0; margin-top: 0; }
.prompt { font-weight: 600; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; }
.answers { display: grid; grid-template-columns: repeat(auto-fit, minmax(230px, 1fr)); gap: 12px; }
.answer { border: 1px solid var(--rule); border-radius: 8px; padding: 10px 12px; font-size: 0.875rem; min-width: 0; }
.answer h4 { display: flex; justify-content: space-between; align-items: start; gap: 8px; margin: 0 0 6px; font-size: 0.875rem; }
.answer p { margin: 0 0 6px; }
@media screen { .answer .text { max-height: 19em; overflow-y: auto; } }
.mark { border-radius: 999px; padding: 0 9px; white-space: nowrap; font-weight: 600; background: var(--open-back); }
.mark.right { background: var(--right-back); color: var(--kept); }
.mark.wrong { background: var(--wrong-back); color: var(--rejected); }
.hash { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 0.8125rem; overflow-wrap: anywhere; }
details { margin-top: 8px; }
summary { cursor: pointer; }
pre { font: 0.8125rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; background: var(--page); border-radius: 8px; padding: 12px; overflow-x: auto; margin: 8px 0 0; }
footer { margin-top: 24px; }
@media (max-width: 560px) {
  main { padding: 20px 12px 40px; }
  section { padding: 16px 14px; }
  h1 { font-size: 1.4rem; }
  svg.chart.wide { display: none; }
  svg.chart.narrow { display: block; }
  .cards { grid-template-columns: 1fr; gap: 8px; }
}
@media print {
  :root {
    color-scheme: light; --page: #ffffff; --surface: #ffffff; --text: #000000; --muted: #444444; --rule: #bbbbbb;
    --untrained: #6b7684; --trained: #1d4fa8; --teacher: #9a5208; --kept: #256641; --rejected: #98332f;
    --right-back: #ffffff; --wrong-back: #ffffff; --open-back: #ffffff;
  }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  section { border: 0; border-top: 1px solid var(--rule); border-radius: 0; padding: 14px 0 0; }
  section.short, .card, .answer, svg, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
`;
