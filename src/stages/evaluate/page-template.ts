/**
 * The report's page, an Eta template over a PageView. `<%= %>` escapes; `<%~ %>` does not and is for our own charts and style sheet alone.
 */
export const pageTemplate = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="<%= it.policy %>">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title><%= it.title %></title>
<style><%~ it.style %></style>
</head>
<body>
<main>
<header>
<h1><%= it.title %></h1>
<p class="lead"><%= it.headline %></p>
<p class="muted"><%= it.subtitle %></p>
<div class="cards">
<% for (const card of it.cards) { %>
<div class="card <%= card.kind %>">
<span class="muted small"><%= card.label %></span>
<span class="<%= card.isMeasured ? "figure" : "words" %>"><%= card.figure %></span>
<span class="muted small"><%= card.detail %></span>
</div>
<% } %>
</div>
</header>

<section class="short">
<h2>What the student learnt</h2>
<% if (it.accuracyChart !== null) { %>
<figure role="img" aria-label="<%= it.accuracyChart.description %>"><%~ it.accuracyChart.svg %></figure>
<% } %>
<p class="muted small"><%= it.accuracyNote %></p>
<% if (it.failures.rows.length > 0) { %>
<h3>What is wrong first in the wrong answers</h3>
<div class="scroll"><table>
<thead><tr><th>step</th><% for (const name of it.failures.columns) { %><th class="number"><%= name %></th><% } %></tr></thead>
<tbody>
<% for (const row of it.failures.rows) { %>
<tr><td><%= row.label %></td><% for (const cell of row.cells) { %><td class="number"><%= cell %></td><% } %></tr>
<% } %>
</tbody>
</table></div>
<% } %>
</section>

<section class="short">
<h2>What it cost and how long it took</h2>
<p><%= it.cost %></p>
<div class="scroll"><table>
<thead><tr><th>stage</th><th>state</th><th class="number">time</th><th class="number">seconds</th></tr></thead>
<tbody>
<% for (const stage of it.stages) { %>
<tr><td><%= stage.name %></td><td><%= stage.state %></td><td class="number"><%= stage.time %></td><td class="number"><%= stage.seconds %></td></tr>
<% } %>
</tbody>
<tfoot><tr><td>all</td><td></td><td class="number"><%= it.total.time %></td><td class="number"><%= it.total.seconds %></td></tr></tfoot>
</table></div>
<p class="muted small">From the moment a stage's input was ready to the moment its output was sealed; a stage that was started again counts from its last start, and the evaluation up to the writing of this page.</p>
</section>

<section class="short">
<h2>From prompts to training rows</h2>
<figure role="img" aria-label="<%= it.funnelChart.description %>"><%~ it.funnelChart.svg %></figure>
<p class="muted small"><%= it.funnelNote %></p>
<h3>Why answers were rejected</h3>
<% if (it.reasonsChart === null) { %>
<p>No answer was rejected.</p>
<% } else { %>
<figure role="img" aria-label="<%= it.reasonsChart.description %>"><%~ it.reasonsChart.svg %></figure>
<p class="muted small">An answer with several reasons counts under each.</p>
<% } %>
</section>

<section class="short">
<h2>Training loss</h2>
<ul class="legend"><li>training</li><% if (it.loss.hasValidation) { %><li class="validation">validation</li><% } %></ul>
<figure role="img" aria-label="<%= it.loss.chart.description %>"><%~ it.loss.chart.svg %></figure>
<p class="muted small"><%= it.loss.note %></p>
</section>

<section>
<h2>Answers side by side</h2>
<% if (it.examples.length === 0) { %><p>None were asked for (evaluation.examples).</p><% } else { %>
<p class="muted small"><%= it.examplesNote %></p>
<% } %>
<% for (const example of it.examples) { %>
<article>
<p class="prompt text"><%= example.prompt %></p>
<p class="muted small"><%= example.about %></p>
<div class="answers">
<% for (const answer of example.answers) { %>
<div class="answer">
<h4><span><%= answer.label %></span><span class="mark <%= answer.mark.kind %>"><%= answer.mark.words %></span></h4>
<p class="text"><%= answer.text %></p>
<p class="muted small"><%= answer.note %></p>
</div>
<% } %>
</div>
</article>
<% } %>
</section>

<section>
<h2>Configuration and provenance</h2>
<div class="scroll"><table>
<tbody>
<% for (const [name, value] of it.facts) { %>
<tr><th><%= name %></th><td><%= value %></td></tr>
<% } %>
</tbody>
</table></div>
<% for (const source of it.provenance) { %>
<details>
<summary><%= source.stage %>: <%= source.output %></summary>
<p class="small">sha256 <span class="hash"><%= source.sha256 %></span><br>settings <span class="hash"><%= source.configHash %></span></p>
<pre><%= source.config %></pre>
</details>
<% } %>
</section>

<footer class="muted small"><p><%= it.footer %></p></footer>
</main>
</body>
</html>
`;
