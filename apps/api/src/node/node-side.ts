import { evidenceRequests, connections, nonces, type Subscription } from '@asterism/persistence';
import { ActivePolicies } from '../attestation/active-policies.ts';
import type { ApiIdentity } from '../attestation/api-identity.ts';
import { AppraisalRecords } from '../attestation/appraisal-records.ts';
import { Attestation } from '../attestation/attestation.ts';
import { MachineCollateral } from '../attestation/machine-collateral.ts';
import { ConnectionStates } from '../attestation/connection-states.ts';
import { Joining } from '../join/joining.ts';
import { NodeProgress } from '../join/node-progress.ts';
import { MemberKeys } from '../keys/member-keys.ts';
import { HostCertificates } from '../node-access/host-certificates.ts';
import { NodeAccessReports } from '../node-access/node-access-reports.ts';
import { NodeAccessStates } from '../node-access/node-access-states.ts';
import { NodeEvents } from '../node-events/node-events.ts';
import type { NodeInterrogator } from '../platform/node-interrogator.ts';
import type { Platform } from '../platform/platform.ts';
import { EvidenceAnswers } from '../reattestation/evidence-answers.ts';
import { EvidenceInquiries } from '../reattestation/evidence-inquiries.ts';
import { ReattestationScheduler } from '../reattestation/scheduler.ts';
import { StreamInterrogator } from '../reattestation/stream-interrogator.ts';
import { SessionReports } from '../ssh-sessions/session-reports.ts';
import { followChanges } from '../stream/follow-changes.ts';
import { LostNodes } from '../stream/lost-nodes.ts';
import { NodeStreams } from '../stream/node-streams.ts';
import { Repeated } from './repeated.ts';
import { Slots } from './slots.ts';
import type { NodeSideTimings } from './timings.ts';

/** How many nodes one replica asks at once. */
const ASKED_AT_ONCE = 16;
const PRUNE_EVERY_MS = 5_000;
/** An outcome is read once by whoever waits for it. */
const OUTCOMES_KEPT_MS = 30_000;

/** Everything behind the node listener, made once and wired by hand: what each part needs is in its constructor. */
export class NodeSide {
  readonly states = new ConnectionStates();
  readonly attestation: Attestation;
  readonly joining: Joining;
  readonly progress: NodeProgress;
  readonly memberKeys: MemberKeys;
  readonly nodeEvents: NodeEvents;
  readonly accessStates: NodeAccessStates;
  readonly hostCertificates: HostCertificates;
  readonly accessReports: NodeAccessReports;
  readonly sessionReports: SessionReports;
  readonly streams: NodeStreams;
  readonly answers: EvidenceAnswers;
  readonly interrogator: NodeInterrogator;
  readonly #platform: Platform;
  readonly #timings: NodeSideTimings;
  readonly #replicaId: string;
  readonly #inquiries: EvidenceInquiries;
  readonly #scheduler: ReattestationScheduler;
  readonly #lost: LostNodes;
  #repeated: readonly Repeated[] = [];
  #changes: Subscription | undefined;

  constructor(platform: Platform, identity: ApiIdentity, timings: NodeSideTimings) {
    const { database, logger, metrics, random, clusterRoots, dataKeys, resultSigner, version } = platform;
    const { states } = this;
    const replicaId = database.newId();
    const policies = new ActivePolicies(database);
    const records = new AppraisalRecords(database, metrics);
    const collateral = new MachineCollateral(platform.collateral);
    const attestation = new Attestation({
      database,
      states,
      policies,
      records,
      identity,
      collateral,
      random,
    });
    const streams: NodeStreams = new NodeStreams({
      database,
      states,
      logger,
      replicaId,
      onOpen: (stream) => inquiries.sendPendingOn(stream),
      onClose: (stream) => inquiries.giveUpOn(stream),
    });
    const patience = timings.answerWithin;
    const inquiries = new EvidenceInquiries({
      database,
      policies,
      streams,
      logger,
      random,
      replicaId,
      patience,
    });
    this.attestation = attestation;
    this.joining = new Joining({
      database,
      attestation,
      states,
      policies,
      records,
      clusterRoots,
      dataKeys,
      metrics,
    });
    this.progress = new NodeProgress({ database, attestation, states, records });
    this.memberKeys = new MemberKeys({ database, dataKeys });
    this.nodeEvents = new NodeEvents(database);
    const authorities = platform.sshAuthorities;
    this.accessStates = new NodeAccessStates({ database, authorities });
    this.hostCertificates = new HostCertificates({ database, authorities, random });
    this.accessReports = new NodeAccessReports(database);
    this.sessionReports = new SessionReports(database, logger);
    this.streams = streams;
    this.answers = new EvidenceAnswers({ database, attestation, records, streams });
    this.interrogator = new StreamInterrogator({ database, inquiries, resultSigner, collateral, version });
    this.#platform = platform;
    this.#timings = timings;
    this.#replicaId = replicaId;
    this.#inquiries = inquiries;
    this.#scheduler = new ReattestationScheduler({
      database,
      inquiries,
      streams,
      logger,
      slots: new Slots({ running: ASKED_AT_ONCE, waiting: Number.POSITIVE_INFINITY }),
      retry: timings.askAgainAfter,
    });
    this.#lost = new LostNodes({
      database,
      streams,
      replicaId,
      grace: timings.lostAfter,
      silence: timings.replicaDeadAfter,
    });
  }

  /** Before the listener listens: a replica that holds a stream must be known to the others. */
  async start(): Promise<void> {
    const { database, logger, collateral } = this.#platform;
    const { scheduleEvery, lostEvery } = this.#timings;
    await connections.beat(database.queries, this.#replicaId, database.clock());
    await this.#inquiries.start();
    this.#changes = await followChanges({
      database,
      streams: this.streams,
      scheduler: this.#scheduler,
      collateral,
      logger,
    });
    this.#repeated = [
      new Repeated(
        { name: 'reattestation', interval: scheduleEvery, run: () => this.#scheduler.look() },
        logger,
      ),
      new Repeated({ name: 'lost-nodes', interval: lostEvery, run: () => this.#lost.look() }, logger),
      new Repeated({ name: 'prune', interval: PRUNE_EVERY_MS, run: () => this.#prune() }, logger),
    ];
  }

  /** After the sockets are closed: streams have ended, and this replica leaves. */
  async stop(): Promise<void> {
    const { database, logger } = this.#platform;
    await Promise.all(this.#repeated.map((task) => task.stop()));
    await this.#changes?.close();
    await this.#inquiries.stop();
    await connections.leave(database.queries, this.#replicaId).catch((cause: unknown) => {
      logger.warn({ err: cause }, 'cannot leave cleanly; another replica will notice');
    });
  }

  async #prune(): Promise<void> {
    const { database } = this.#platform;
    const now = database.clock();
    await nonces.prune(database.queries, now);
    await evidenceRequests.prune(database.queries, new Date(now.getTime() - OUTCOMES_KEPT_MS));
  }
}
