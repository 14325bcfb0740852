import {
  activatedFromRecord,
  anchorsOf,
  appraise,
  EvidenceFormatError,
  EvidenceNotGenuineError,
  EvidenceUndecidedError,
  evidenceRequestOf,
  parseEvidence,
  verifyEvidence,
  NO_COLLATERAL,
  VENDOR_ROOTS,
} from '@asterism/attestation';
import { fromBase64url, fromHex, sha256, toHex } from '@asterism/bytes';
import type { AppraisalResult, Cluster, DryRun, PolicyDocument, StoredEvidence } from '@asterism/contracts';
import { evidence } from '@asterism/persistence';
import { Injectable } from '@nestjs/common';
import { Platform } from '../platform/platform.ts';
import { findPool } from '../pools/pools.service.ts';
import { requireVariant, type DryRunRequest } from './policies.service.ts';

const PAGE = 100;

type DryRunNode = DryRun['nodes'][number];

/** Appraises evidence that is stored under a policy that is not: what would become of each node if it were activated. */
@Injectable()
export class DryRunService {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  async run(cluster: Cluster, pool: string, { document }: DryRunRequest): Promise<DryRun> {
    const { queries } = this.#platform.database;
    const target = await findPool(queries, cluster, pool);
    requireVariant(target, document);
    const nodes: DryRunNode[] = [];
    for (let after: string | undefined; ;) {
      const page = await evidence.readOfPool(queries, cluster.id, target.id, after, PAGE);
      for (const { nodeId, name, identity, current, stored } of page) {
        nodes.push({
          nodeId,
          name,
          current,
          evidenceAt: stored?.receivedAt ?? null,
          result: stored && (await this.#appraise(cluster, identity, stored, document)),
        });
      }
      after = page.at(-1)?.nodeId;
      if (page.length < PAGE) return { nodes, summary: toSummary(nodes) };
    }
  }

  /** The key was activated when the evidence came, else it would not have been stored. */
  async #appraise(
    cluster: Cluster,
    identity: string,
    stored: StoredEvidence,
    policy: PolicyDocument,
  ): Promise<AppraisalResult> {
    const now = this.#platform.clock();
    try {
      const verified = await verifyEvidence(parseEvidence(stored.evidence), {
        binding: fromHex(stored.binding),
        request: evidenceRequestOf(policy),
        activated: activatedFromRecord({ akPublicSha256: await akOf(stored), identity }),
        ekPublic: null,
        anchors: anchorsOf(policy),
        roots: VENDOR_ROOTS,
        collateral: NO_COLLATERAL,
        now,
      });
      const lock = { expected: 'either', clusterId: fromHex(cluster.clusterId) } as const;
      return (await appraise(verified, policy, { now, lock })).result;
    } catch (cause) {
      return undecided(policy, cause);
    }
  }
}

async function akOf({ evidence }: StoredEvidence): Promise<string> {
  const akPublic = 'akPublic' in evidence.parts ? evidence.parts.akPublic : '';
  return toHex(await sha256(fromBase64url(akPublic)));
}

/**
 * Stored evidence quotes what the policy of its time asked for. Where the document asks for other PCRs or another bank, only
 * fresh evidence can tell.
 */
function undecided(policy: PolicyDocument, cause: unknown): AppraisalResult {
  const known =
    cause instanceof EvidenceFormatError ||
    cause instanceof EvidenceNotGenuineError ||
    cause instanceof EvidenceUndecidedError;
  if (!known) throw cause;
  return {
    outcome: 'undecided',
    status: 'none',
    variant: policy.variant,
    claims: [],
    findings: [
      {
        code: cause.code,
        claim: 'evidence',
        got: null,
        wanted: [],
        message: `fresh evidence is needed: ${cause.message}`,
      },
    ],
    trustworthiness: {},
  };
}

function toSummary(nodes: readonly DryRunNode[]): DryRun['summary'] {
  const count = (outcome: AppraisalResult['outcome']) =>
    nodes.filter(({ result }) => result?.outcome === outcome).length;
  return {
    accepted: count('accepted'),
    refused: count('refused'),
    undecided: count('undecided') + nodes.filter(({ result }) => result === null).length,
    wouldBeLost: nodes
      .filter(({ current, result }) => current === 'accepted' && result?.outcome === 'refused')
      .map(({ name }) => name),
  };
}
