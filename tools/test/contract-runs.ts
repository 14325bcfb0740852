import { MintedMachine } from '@asterism/testkit';
import { ROLES, type Role } from '@asterism/contracts';
import { readFile } from 'node:fs/promises';
import { join as joinPath } from 'node:path';
import { join as joinCluster, RawPeer } from '../../apps/api/src/testing/raw-peer.ts';
import { testPolicy, PCR_4 } from '../../apps/api/src/testing/test-policy.ts';
import { startBridge } from './contract/bridge.ts';
import { activatePolicy, MACHINE_POOL, makeTokens, NAME, seed } from './contract/operator.ts';
import { startApi, type RunningApi } from './contract/running-api.ts';
import { runSchemathesis, type Target } from './contract/schemathesis.ts';
import { addCounts, FAILED, NOTHING, PASSED, type Counts } from './counts.ts';
import { ROOT, run } from './processes.ts';
import { installPython } from './python-environment.ts';

const RANDOM = ['examples', 'fuzzing'] as const;
/** The boundaries of the evidence union alone are thousands of cases; libs/attestation tests them. */
const WITH_EVIDENCE = ['attest', 'enrol', 'reportLock', 'answerEvidenceRequest'];
/**
 * The boundaries of whole documents, of policies in ten variants and of declared access, are tens of thousands; libs/contracts,
 * libs/attestation and apps/api/src/access test each field.
 */
const WITH_DOCUMENT = [
  ...['createPolicy', 'dryRunPolicy', 'importMeasurements'],
  ...['applyAccess', 'planAccess', 'putAccessUser'],
];
const ALL = ['examples', 'coverage', 'fuzzing'] as const;

/**
 * Schemathesis against both documents on a running API: every role and nobody on the operator listener, and three
 * kinds of connection on the node listener. Each run counts as one test.
 */
export async function runContract(): Promise<Counts> {
  await installPython('schemathesis');
  const built = await run({
    command: 'nx',
    args: ['run', '@asterism/api:build', '--outputStyle=static'],
    timeout: 300_000,
    quiet: true,
  });
  if (built.code !== 0) return FAILED;
  const api = await startApi();
  try {
    await seed(api);
    const tokens = await makeTokens(api);
    return addCounts(await runAgentDocument(api), await runOperatorDocument(api, tokens));
  } finally {
    await api.stop();
  }
}

/** Operations whose answer has no end. */
async function streamsOf(document: string): Promise<string[]> {
  const { paths } = JSON.parse(await readFile(document, 'utf8')) as {
    paths: Record<
      string,
      Record<string, { operationId: string; responses: Record<string, { content?: object }> }>
    >;
  };
  return Object.values(paths)
    .flatMap((operations) => Object.values(operations))
    .filter(({ responses }) => 'text/event-stream' in (responses?.['200']?.content ?? {}))
    .map(({ operationId }) => operationId);
}

async function runOperatorDocument(api: RunningApi, tokens: ReadonlyMap<Role, string>): Promise<Counts> {
  const document = joinPath(ROOT, 'openapi/operator.v1.json');
  const streams = await streamsOf(document);
  const { operatorUrl: url, caFile } = api;
  let counts = NOTHING;
  for (const role of [undefined, ...ROLES]) {
    await seed(api);
    const token = role === undefined ? undefined : tokens.get(role);
    const as = `operator document as ${role ?? 'nobody'}`;
    const headers = token === undefined ? [] : [`Authorization: Bearer ${token}`];
    // Signing out ends the token of the run.
    const without = token === undefined ? [] : [...streams, 'deleteSession'];
    const examples = token === undefined ? 4 : 10;
    const shared = { document, url, caFile, headers, examples };
    const runs: readonly Target[] = [
      { ...shared, title: as, without: [...without, ...WITH_DOCUMENT], phases: ALL },
      { ...shared, title: `${as}, documents`, only: WITH_DOCUMENT, without: [], phases: RANDOM },
    ];
    for (const target of runs) counts = addCounts(counts, await runOne(target, api));
  }
  return counts;
}

async function runAgentDocument(api: RunningApi): Promise<Counts> {
  const document = joinPath(ROOT, 'openapi/agent.v1.json');
  const place = { cluster: NAME, pool: MACHINE_POOL };
  const machines = [
    await MintedMachine.make(place, { 4: PCR_4 }),
    await MintedMachine.make(place, { 4: PCR_4 }),
  ] as const;
  await activatePolicy(api, testPolicy(machines.map(({ tpm }) => tpm.identity)));
  const [member, stranger] = machines;
  const first = await RawPeer.connect(api.nodeUrl, member);
  await joinCluster(first);
  first.close();
  const attested = async (machine: MintedMachine) => {
    const peer = await RawPeer.connect(api.nodeUrl, machine);
    const { status, body } = await peer.attest();
    if (status !== 200) throw new Error(`attestation refused: ${JSON.stringify(body)}`);
    return peer;
  };
  const streams = await streamsOf(document);
  const [openStranger, openAttested, openMember] = [
    () => RawPeer.connect(api.nodeUrl, stranger),
    () => attested(stranger),
    () => attested(member),
  ];
  const connections = [
    { title: 'that was not attested', open: openStranger, phases: RANDOM, without: streams, examples: 6 },
    { title: 'of an attested machine', open: openAttested, phases: RANDOM, without: streams, examples: 8 },
    { title: 'of a member', open: openMember, phases: RANDOM, without: streams, examples: 16 },
    {
      title: 'of a member, every boundary',
      open: openMember,
      phases: ['coverage'] as const,
      without: [...streams, ...WITH_EVIDENCE],
      examples: 1,
    },
  ];
  let counts = NOTHING;
  for (const { title, open, ...how } of connections) {
    const bridge = await startBridge(open);
    try {
      const called = `agent document on a connection ${title}`;
      counts = addCounts(
        counts,
        await runOne({ title: called, document, url: bridge.url, headers: [], ...how }, api),
      );
    } finally {
      bridge.close();
    }
  }
  return counts;
}

async function runOne(target: Target, { folder }: RunningApi): Promise<Counts> {
  const started = Date.now();
  const held = await runSchemathesis(target, folder);
  console.log(
    `${held ? 'ok    ' : 'FAILED'} ${target.title} (${((Date.now() - started) / 1000).toFixed(1)} s)`,
  );
  return held ? PASSED : FAILED;
}
