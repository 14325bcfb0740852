import { VECTORS_PRESENT } from '@asterism/testkit/vectors';
import { describe, expect, it } from 'vitest';
import { runAppraise } from '../testing/run-appraise.ts';
import {
  commandsFor,
  FAMILIES,
  NO_FORMAT,
  OTHER_FIELDS,
  REFUSED_HERE,
  UNDECIDED_HERE,
} from '../testing/vector-commands.ts';
import { readVectors, type Vector } from '../testing/vectors.ts';

const vectors = readVectors(...FAMILIES).filter(({ id }) => !Object.hasOwn(NO_FORMAT, id));

/** Outcome and exit code that the contract gives each outcome of the manifest. */
const OUTCOMES: Readonly<Record<string, readonly [outcome: string, exitCode: number]>> = {
  accept: ['genuine', 0],
  reject: ['refused', 1],
  'accept-legacy-sha1': ['refused', 1],
  'accept-signature-only': ['undecided', 2],
  'parse-only': ['undecided', 2],
};

describe.skipIf(!VECTORS_PRESENT)('asterism appraise on every public vector', () => {
  for (const vector of vectors) {
    for (const { title, argv, fields, outcome } of commandsFor(vector)) {
      const wanted = outcome ?? vector.expected.outcome;
      it(`${vector.id}${title}: ${wanted}`, async () => {
        const { exitCode, report } = await runAppraise(...argv);
        expect({ outcome: [report.outcome, exitCode], report }).toMatchObject({
          outcome: outcomeHere(`${vector.id}${title}`) ?? OUTCOMES[wanted],
        });
        expect(report.claims).toMatchObject(fields ?? fieldsOf(vector));
        if (report.outcome !== 'genuine') expect(report.findings[0]).toMatchObject({ code: report.code });
        if (report.outcome === 'undecided') expect(report.findings[0]?.wanted).not.toEqual([]);
      });
    }
  }
});

function outcomeHere(id: string): readonly [string, number] | undefined {
  if (Object.hasOwn(UNDECIDED_HERE, id)) return ['undecided', 2];
  return Object.hasOwn(REFUSED_HERE, id) ? ['refused', 1] : undefined;
}

/** Everything that the manifest says under a name of `claims`. */
function fieldsOf({ id, expected }: Vector): Readonly<Record<string, unknown>> {
  if (Object.hasOwn(REFUSED_HERE, id)) return {};
  const names = [
    'endorsementKey',
    'tcbStatus',
    'advisoryIDs',
    'platform',
    'module',
    'qe',
    'collateralWindow',
    'tcbEvaluationDataNumber',
  ];
  const beside = Object.fromEntries(
    names.filter((name) => name in expected).map((name) => [name, expected[name]]),
  );
  // `error` is what the manifest's maker says of a document that cannot be read.
  const other = ['error', ...Object.keys(OTHER_FIELDS[id] ?? {})];
  const all = Object.entries({ ...expected.fields, ...beside });
  return Object.fromEntries(all.filter(([name]) => !other.includes(name)));
}
