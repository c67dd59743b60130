import { beforeAll, describe, expect, it } from "vitest";
import type { Rule } from "../rule.ts";
import { outcome } from "./fixtures/candidate.ts";
import { languageRule } from "./language.ts";

const texts = {
  en: "Measure sixty millilitres of the stock with a clean cylinder, pour it into the bottle and bring it to three hundred millilitres with buffer while you turn it slowly.",
  de: "Messen Sie sechzig Milliliter der Stammlösung mit einem sauberen Zylinder ab, gießen Sie sie in die Flasche und füllen Sie mit Puffer auf dreihundert Milliliter auf.",
  fr: "Mesurez soixante millilitres de la solution mère avec une éprouvette propre, versez-les dans le flacon et complétez à trois cents millilitres avec le tampon.",
  es: "Mida sesenta mililitros de la solución madre con una probeta limpia, viértalos en el frasco y complete hasta trescientos mililitros con el tampón mientras lo gira.",
  pt: "Meça sessenta mililitros da solução de reserva com uma proveta limpa, despeje-os no frasco e complete até trezentos mililitros com o tampão enquanto o gira devagar.",
  it: "Misurate sessanta millilitri della soluzione madre con un cilindro pulito, versateli nella bottiglia e portate a trecento millilitri con il tampone girando piano.",
  pl: "Odmierz sześćdziesiąt mililitrów roztworu podstawowego czystym cylindrem, wlej do butelki i uzupełnij buforem do trzystu mililitrów, powoli obracając naczynie.",
  ru: "Отмерьте шестьдесят миллилитров исходного раствора чистым цилиндром, вылейте его в бутылку и доведите буфером до трёхсот миллилитров, медленно вращая сосуд.",
  tr: "Temiz bir mezürle stok çözeltiden altmış mililitre ölçün, şişeye dökün ve yavaşça çevirirken tamponla üç yüz mililitreye tamamlayın, sonra etiketi yapıştırın.",
  zh: "用干净的量筒量取六十毫升母液，倒入瓶中，一边慢慢转动一边用缓冲液定容至三百毫升，然后贴上标签，写明溶质、浓度和日期。".repeat(
    3,
  ),
  ja: "清潔なメスシリンダーで原液を六十ミリリットル量り、びんに注ぎ、ゆっくり回しながら緩衝液で三百ミリリットルにしてから、ラベルを貼ってください。".repeat(
    2,
  ),
} as const;
type Language = keyof typeof texts;
const languages = Object.keys(texts) as Language[];

describe("language", () => {
  let english: Rule;
  beforeAll(async () => {
    english = await languageRule(["en"]);
  });

  it.each(languages)("keeps %s where it is allowed, among others", async (language) => {
    const other = language === "de" ? "fr" : "de";
    expect(outcome(await languageRule([other, language]), texts[language])).toEqual({ keep: true });
  });

  it.each(languages.filter((language) => language !== "en"))("tells %s from English", (language) => {
    const detail = { language, allowed: ["en"] };
    expect(outcome(english, texts[language])).toEqual({ keep: false, reason: "language", detail });
  });

  it("keeps what is too short, and what is code, formulas or numbers more than words", () => {
    for (const answer of [
      texts.de.slice(0, 100),
      "",
      "x = [1, 2, 3]; y = {a: 1};\n".repeat(20),
      `Mix it:\n\`\`\`\n${texts.de}\n\`\`\`\n`,
      "12.5 37 250 ".repeat(30),
      "ΔG = −RT ln K; ".repeat(20),
    ])
      expect(outcome(english, answer), answer).toEqual({ keep: true });
  });

  it("reads the values of JSON, not its members' names", () => {
    const german = JSON.stringify({ procedure_of_the_answer: texts.de });
    expect(outcome(english, german)).toMatchObject({ reason: "language", detail: { language: "de" } });
    expect(outcome(english, JSON.stringify({ Verfahren: texts.en, Anweisung: "Mix the solution." }))).toEqual({
      keep: true,
    });
  });

  it("knows the codes that others use for a language", async () => {
    const norwegian =
      "Mål opp seksti milliliter av stamløsningen med en ren sylinder, hell den i flasken og fyll opp til tre hundre milliliter med buffer mens du snur den sakte rundt.";
    expect(outcome(await languageRule(["nb"]), norwegian)).toEqual({ keep: true });
    expect(outcome(english, norwegian).keep).toBe(false);
  });

  it("refuses a language that it cannot tell from others", async () => {
    await expect(languageRule(["en", "la"])).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("`basic.languages` holds `la`"),
      hint: expect.stringContaining("de, "),
    });
  });
});
