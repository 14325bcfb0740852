import { randomBytes } from 'node:crypto';
import {
  createVerification,
  readCluster,
  readJwks,
  readNodeEvidence,
  readPolicy,
  readPool,
  listNodes,
  type Node,
} from '@asterism/api-client';
import {
  makeActivation,
  VENDOR_ROOTS,
  verifySignedResult,
  verifyVerification,
  type LocalVerification,
  type SignedResultCheck,
} from '@asterism/attestation';
import { toBase64url } from '@asterism/bytes';
import type { PolicyDocument, Verification } from '@asterism/contracts';
import { allOf, dataOf } from '../connection/client.ts';
import { withApi, type ApiSession } from '../connection/session.ts';
import type { Invocation } from '../context.ts';
import { UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { exitCodeOfOutcome, toFindings } from '../output/findings.ts';
import type { Terminal } from '../output/terminal.ts';
import { readPolicyFile } from './policy-file.ts';

interface VerifyOptions {
  readonly cluster?: string;
  readonly policy?: string;
  readonly clusterId?: string;
}

interface NodeReport {
  readonly node: string;
  readonly outcome: LocalVerification['result']['outcome'];
  readonly policy: 'file' | 'server';
  readonly server: string;
  readonly agreesWithServer: boolean;
  readonly signedResult: SignedResultCheck;
  readonly claims: LocalVerification['claims'];
  readonly result: LocalVerification['result'];
}

/**
 * `asterism verify`: own nonce, own credential, raw evidence, verified in this process. What the server concludes is
 * shown beside it and plays no part.
 */
export async function verify({ context, args, options }: Invocation<VerifyOptions>): Promise<ExitCode> {
  const { terminal } = context;
  const policy = options.policy === undefined ? null : await readPolicyFile(options.policy);
  return withApi(context, async (api) => {
    const cluster = await api.cluster(options.cluster);
    const { clusterId } = await dataOf(readCluster({ client: api.client, path: { cluster } }));
    if (policy === null) {
      terminal.note(
        "warning: no --policy FILE: the server's active policy is used, so the server says what is good",
      );
    }
    if (options.clusterId === undefined) {
      terminal.note("note: no --cluster-id: the cluster's measured identity is taken from the server");
    }
    const nodes = await selectNodes(api, cluster, args);
    const reports: NodeReport[] = [];
    for (const node of nodes) {
      reports.push(
        await verifyNode(api, { cluster, clusterId: options.clusterId ?? clusterId, node, policy }),
      );
    }
    terminal.result(reports, () => reports.map((report) => toText(report, terminal)).join('\n'));
    return worstOf(reports);
  });
}

async function selectNodes(
  api: ApiSession,
  cluster: string,
  named: readonly string[],
): Promise<readonly Node[]> {
  const all = await allOf((query) => dataOf(listNodes({ client: api.client, path: { cluster }, query })));
  if (named.length === 0) {
    if (all.length === 0)
      throw new UsageError('usage', 'the cluster has no nodes to verify', { got: cluster });
    return all.filter(({ state }) => state !== 'revoked');
  }
  return named.map((name) => {
    const found = all.find((node) => node.name === name || node.id === name);
    if (found === undefined)
      throw new UsageError('usage', 'the cluster has no such node', {
        got: name,
        want: all.map((node) => node.name).join(', '),
      });
    return found;
  });
}

interface Order {
  readonly cluster: string;
  readonly clusterId: string;
  readonly node: Node;
  readonly policy: PolicyDocument | null;
}

/** @returns what this process concludes, and what the server does */
export async function verifyNode({ client }: ApiSession, order: Order): Promise<NodeReport> {
  const { cluster, clusterId, node } = order;
  const path = { cluster, node: node.id };
  const stored = await dataOf(readNodeEvidence({ client, path }));
  const activation = await makeActivation(stored.evidence, (length) => new Uint8Array(randomBytes(length)));
  const nonce = toBase64url(randomBytes(32));
  const body = { nonce, ...(activation === null ? {} : { activation: activation.credential }) };
  // The document is judged as foreign input by verifyVerification, whatever the SDK's types promise.
  const answer = (await dataOf(createVerification({ client, path, body }))) as Verification;
  const policy = order.policy ?? (await activePolicy(client, cluster, node));
  const now = new Date();
  const local = await verifyVerification(answer, {
    nonce,
    nodeId: node.id,
    expectedClusterId: clusterId,
    policy,
    activation: activation?.expected ?? null,
    roots: VENDOR_ROOTS,
    now,
  });
  const signedResult = await verifySignedResult(answer, nonce, await dataOf(readJwks({ client })), now);
  return {
    node: node.name,
    outcome: local.result.outcome,
    policy: order.policy === null ? 'server' : 'file',
    server: local.server.outcome,
    agreesWithServer: local.agreesWithServer,
    signedResult,
    claims: local.claims,
    result: local.result,
  };
}

async function activePolicy(
  client: ApiSession['client'],
  cluster: string,
  node: Node,
): Promise<PolicyDocument> {
  const pool = await dataOf(readPool({ client, path: { cluster, pool: node.poolId } }));
  if (pool.activePolicyVersion === null) {
    throw new UsageError('usage', `pool ${pool.name} has no active policy; give one with --policy`);
  }
  const path = { cluster, pool: pool.id, version: pool.activePolicyVersion };
  return (await dataOf(readPolicy({ client, path }))).document as PolicyDocument;
}

function worstOf(reports: readonly NodeReport[]): ExitCode {
  const codes = reports.map(({ outcome, signedResult }) => {
    if (outcome === 'accepted' && !signedResult.valid) return EXIT.refused;
    return exitCodeOfOutcome(outcome);
  });
  if (codes.includes(EXIT.refused)) return EXIT.refused;
  return codes.includes(EXIT.undecided) ? EXIT.undecided : EXIT.good;
}

function toText(report: NodeReport, terminal: Terminal): string {
  const colour = report.outcome === 'accepted' ? 'green' : report.outcome === 'refused' ? 'red' : 'yellow';
  const lines = [`${report.node}: ${terminal.style(colour, report.outcome)}, verified here`];
  const measured = report.result.claims.filter(({ claim }) => claim.startsWith('tpm.'));
  for (const { claim, got, verdict } of measured)
    lines.push(`  ${claim.padEnd(26)}${verdict.padEnd(10)}${got ?? '-'}`);
  lines.push(...toFindings(report.result.findings));
  if (!report.agreesWithServer) {
    lines.push(terminal.style('bold', `  the server says ${report.server}: its verdict and this one differ`));
  }
  const { valid, reason } = report.signedResult;
  lines.push(`  signed result: ${valid ? 'signature and contents hold' : `NOT VALID: ${reason ?? ''}`}`);
  return lines.join('\n');
}
