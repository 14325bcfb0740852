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
  EvidenceRefusedError,
  refusedResult,
  type ActivatedKey,
  type ParsedEvidenceOf,
} from '@asterism/attestation';
import { fromHex, sha256, toHex } from '@asterism/bytes';
import type { AppraisalResult, Cluster, DryRun, PolicyDocument, StoredEvidence } from '@asterism/contracts';
import { evidence } from '@asterism/persistence';
import { Injectable } from '@nestjs/common';
import { MachineCollateral } from '../attestation/machine-collateral.ts';
import { Platform } from '../platform/platform.ts';
import { findPool } from '../pools/pools.service.ts';
import { requireVariant, type DryRunRequest } from './policies.service.ts';

const PAGE = 100;

type DryRunNode = DryRun['nodes'][number];

/** Appraises evidence that is stored under a policy that is not: what would become of each node if it were activated. */
@Injectable()
export class DryRunService {
  readonly #platform: Platform;
  readonly #collateral: MachineCollateral;

  constructor(platform: Platform) {
    this.#platform = platform;
    this.#collateral = new MachineCollateral(platform.collateral);
  }

  async run(cluster: Cluster, pool: string, { document }: DryRunRequest): Promise<DryRun> {
    const { queries } = this.#platform.database;
    const target = await findPool(queries, cluster, pool);
    requireVariant(target, document);
    const nodes: DryRunNode[] = [];
    for (let after: string | undefined; ;) {
      const page = await evidence.readOfPool(queries, cluster.id, target.id, after, PAGE);
      // Side by side: a vendor that does not answer holds up a page once, not once a node (S10).
      const appraised = page.map(async ({ nodeId, name, identity, current, stored }) => ({
        nodeId,
        name,
        current,
        evidenceAt: stored?.receivedAt ?? null,
        result: stored && (await this.#appraise(cluster, identity, stored, document)),
      }));
      nodes.push(...(await Promise.all(appraised)));
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
      const parsed = parseEvidence(stored.evidence);
      const { collateral } = await this.#collateral.fetch(parsed);
      const verified = await verifyEvidence(parsed, {
        binding: fromHex(stored.binding),
        request: evidenceRequestOf(policy),
        activated: parsed.variant === 'tpm' ? await activatedOf(parsed, identity) : null,
        ekPublic: null,
        anchors: anchorsOf(policy),
        roots: this.#collateral.roots,
        collateral,
        now,
      });
      const lock = { expected: 'either', clusterId: fromHex(cluster.clusterId) } as const;
      return (await appraise(verified, policy, { now, lock })).result;
    } catch (cause) {
      if (cause instanceof EvidenceRefusedError) return refusedResult(cause, policy);
      return undecided(policy, cause);
    }
  }
}

async function activatedOf({ quote }: ParsedEvidenceOf<'tpm'>, identity: string): Promise<ActivatedKey> {
  return activatedFromRecord({ akPublicSha256: toHex(await sha256(quote.akPublic)), identity });
}

/**
 * Stored evidence quotes what the policy of its time asked for. Where the document asks for other PCRs or another bank, only
 * fresh evidence can tell; where a vendor's collateral is missing, that is.
 */
function undecided(policy: PolicyDocument, cause: unknown): AppraisalResult {
  const known =
    cause instanceof EvidenceFormatError ||
    cause instanceof EvidenceNotGenuineError ||
    cause instanceof EvidenceUndecidedError;
  if (!known) throw cause;
  const isMissing = cause instanceof EvidenceUndecidedError;
  return {
    outcome: 'undecided',
    status: 'none',
    variant: policy.variant,
    claims: [],
    findings: [
      {
        code: cause.code,
        claim: isMissing ? 'collateral' : 'evidence',
        got: null,
        wanted: [],
        message: isMissing ? cause.message : `fresh evidence is needed: ${cause.message}`,
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
