// Writes schemas/*.schema.json and the configuration reference from the zod schemas: `npm run schemas`.
import { documentNames } from "../../src/config/index.ts";
import { jsonSchemaOf, jsonSchemaPath } from "../../src/config/json-schema.ts";
import { referencePage, referencePagePath } from "../../src/config/reference-page.ts";
import { writeFileAtomic } from "../../src/core/index.ts";

for (const name of documentNames) await writeFileAtomic(jsonSchemaPath(name), jsonSchemaOf(name));
await writeFileAtomic(referencePagePath, referencePage());
