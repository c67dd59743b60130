import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readLossCurve, thinCurve } from "./loss-curve.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "nexa-events-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function writeEvents(text: string): Promise<string> {
  const file = join(dir, "events.jsonl");
  await writeFile(file, text);
  return file;
}

describe("readLossCurve", () => {
  test("takes the last value of a step that a resumed run repeated, and passes over a cut line", async () => {
    const file = await writeEvents(
      '{"step":1,"loss":4}\n{"step":2,"loss":3,"eval_loss":3.5}\n{"step":3,"lo\n{"step":2,"loss":2.9}\n',
    );
    expect(await readLossCurve(file)).toEqual({
      training: [
        { step: 1, loss: 4 },
        { step: 2, loss: 2.9 },
      ],
      validation: [{ step: 2, loss: 3.5 }],
    });
  });

  test("names the file when it is missing or holds no loss", async () => {
    const empty = await writeEvents('{"event":"start"}\n');
    await expect(readLossCurve(empty)).rejects.toThrow(`${empty}: no loss of any training step in it`);
    await expect(readLossCurve(`${empty}.gone`)).rejects.toMatchObject({
      exitCode: 4,
      hint: "Train again with `nexa train`.",
    });
  });
});

describe("thinCurve", () => {
  test("gives means over equal stretches, each at its last step", () => {
    const points = Array.from({ length: 10 }, (_, index) => ({ step: index + 1, loss: index }));
    expect(thinCurve(points, 5)).toEqual([
      { step: 2, loss: 0.5 },
      { step: 4, loss: 2.5 },
      { step: 6, loss: 4.5 },
      { step: 8, loss: 6.5 },
      { step: 10, loss: 8.5 },
    ]);
    expect(thinCurve(points, 10)).toEqual(points);
  });
});
