import { describe, expect, it } from "vitest";
import { encodingRule } from "./encoding.ts";
import { outcome } from "./fixtures/candidate.ts";

describe("encoding damage", () => {
  it.each([
    ["replacement_character", "10 \ufffdL of the stock"],
    ["control_character", "10\0 mL"],
    ["control_character", "a\u001b[31mred"],
    ["control_character", "it\u0092s"],
    ["control_character", "page\fpage"],
    ["lone_surrogate", "good \ud83e then"],
    ["lone_surrogate", "good \uddea then"],
  ])("finds a %s in %j", (kind, answer) => {
    expect(outcome(encodingRule, answer)).toMatchObject({ keep: false, reason: "encoding", detail: { kind } });
  });

  /** UTF-8 read as another encoding, as programs do it. */
  const misread = (text: string, encoding: string) => new TextDecoder(encoding).decode(new TextEncoder().encode(text));

  it.each([
    "Ajoutez l'eau distillée",
    "la mesure est répétée à 37 °C",
    "Die Lösung wird für zwei Stunden gerührt",
    "größer als das Maß",
    "a concentração não é",
    "el año que viene",
    "però è così",
    "perché dosare, dunque",
    "5 ± 0.2 mL",
    "10 µL of buffer",
    "at 37 °C",
    "10 cm² of it",
    "a volume of 2 m³ there",
    "it’s “quoted” – so…",
    "it costs 5 € now",
    "x ≤ 3 and y ≈ 4",
    "from a − b",
    "A → B",
    "done ✓",
    "good 🧪",
    "wait 5\u00a0mL",
    "CuSO4·5H2O",
    "ETUDE: CAFÉ",
    "было сделано",
    "το διάλυμα",
    "że wyłączyło się",
    "\ufeffA file",
  ])("finds %j misread as Windows-1252", (text) => {
    const answer = misread(text, "windows-1252");
    expect(answer).not.toBe(text);
    expect(outcome(encodingRule, answer), answer).toMatchObject({ keep: false, reason: "encoding" });
    expect(outcome(encodingRule, text)).toEqual({ keep: true });
  });

  it.each([
    "Où est passée la leçon du maître? Âge, Âme, À Ïle: «naïveté», œuvre…",
    "Die „große“ Spaß“ macht „Ö“ und „Ü“ – schön, Straße, Äpfel.",
    "NÃO É A MAÇÃ» “IRMÃ” AMANHÔ SÃO… ‘IRMÃ’ — AÇÃO®",
    "Ação, pão, mãe, informações à tarde.",
    "⟨Â²⟩ − ⟨Â⟩² and â†â, [â, â†] = 1, Â·B̂, Ã² = I, α̂ and x̂",
    "∑ x_i ≤ √2 ± 0.5 × 10⁻³ µL, ΔG° = −RT ln K, Å = 10⁻¹⁰ m, ½ × ½ × ½ × ½",
    "Ø 5 mm, 3 × 4 Ω, ΩΩΩ, ßßß, ÄÖÜ",
    "Það er gott veður í dag, Ísland.",
    "Český text se žlutým koněm; İstanbul'da ağaç; Łódź; Việt Nam: Â, Đ, TÂN",
    "Привет, как дела? Καλημέρα κόσμε. שלום עולם. 漢字とかな。 مرحبا",
    "🧪👩‍🔬❤️ 𝐀𝟘",
    "tabs\tand\r\nline ends\n",
  ])("finds none in %j", (answer) => expect(outcome(encodingRule, answer)).toEqual({ keep: true }));

  it("shows the damage with its neighbourhood", () => {
    expect(outcome(encodingRule, "The solution, distillÃ©e at room temperature, is used.")).toEqual({
      keep: false,
      reason: "encoding",
      detail: { kind: "mojibake", text: "n, distillÃ©e at room temperat", offset: 21 },
    });
  });
});
