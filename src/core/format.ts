import { stripVTControlCharacters } from "node:util";

/** 1234567 -> "1,234,567". */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** Dollars with cents, or with enough digits to show a smaller sum: 0 -> "$0.00", 0.00123 -> "$0.0012". */
export function formatUsd(usd: number): string {
  if (usd !== 0 && Math.abs(usd) < 0.01) return `$${usd.toPrecision(2)}`;
  return `$${usd.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** Seconds as people say them: 4.2 -> "4.2 s", 75 -> "1 min 15 s", 7300 -> "2 h 01 min". */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "unknown";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, "0")} min`;
}

/** A share of 1 with one decimal: 0.8754 -> "87.5%". */
export function formatPercent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}

/** One line of foreign text that cannot steer a terminal: escape sequences, control and bidirectional characters become visible or vanish. */
export function toSafeLine(text: string, maxLength = 200): string {
  const line = stripVTControlCharacters(text)
    .replace(/\r?\n/g, "⏎")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the purpose
    .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "�");
  return line.length > maxLength ? `${line.slice(0, maxLength - 1)}…` : line;
}
