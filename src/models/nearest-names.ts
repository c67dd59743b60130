import { distance } from "fastest-levenshtein";

/** The names of a list that look most like another, the nearest first; one that holds it, or is held by it, counts as near. */
export function nearestNames(name: string, names: readonly string[], most = 3): string[] {
  const wanted = name.toLowerCase();
  return [...new Set(names)]
    .map((known) => ({ known, far: farness(wanted, known.toLowerCase()) }))
    .sort((a, b) => a.far - b.far || a.known.localeCompare(b.known))
    .slice(0, most)
    .map(({ known }) => known);
}

function farness(wanted: string, known: string): number {
  const isPart = known.includes(wanted) || (known.length >= 3 && wanted.includes(known));
  return distance(wanted, known) * (isPart ? 0.5 : 1);
}
