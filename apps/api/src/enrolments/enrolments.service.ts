import { Injectable } from '@nestjs/common';
import type { approveEnrolmentSchema, Cluster, Enrolment, EnrolmentState } from '@asterism/contracts';
import { audit, enrolments, events } from '@asterism/persistence';
import type { z } from 'zod';
import type { Caller } from '../auth/caller.ts';
import type { PageQuery } from '../clusters/clusters.service.ts';
import { found, naming } from '../http/require.ts';
import { change } from '../platform/change.ts';
import { Platform } from '../platform/platform.ts';

export type EnrolmentQuery = PageQuery & { readonly state?: EnrolmentState | undefined };
export type Approval = z.output<typeof approveEnrolmentSchema>;

const CODES = { 'not-found': 'enrolment-unknown', 'already-decided': 'enrolment-decided' } as const;

@Injectable()
export class EnrolmentsService {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  list(cluster: Cluster, { state, ...query }: EnrolmentQuery) {
    return enrolments.list(this.#platform.database.queries, cluster.id, { state }, query);
  }

  async read(cluster: Cluster, enrolmentId: string): Promise<Enrolment> {
    return found(
      await enrolments.find(this.#platform.database.queries, cluster.id, enrolmentId),
      'enrolment-unknown',
      'no such enrolment in this cluster',
    );
  }

  approve(caller: Caller, cluster: Cluster, enrolmentId: string, request: Approval): Promise<Enrolment> {
    const by = caller.principal.actor;
    return naming(CODES, () =>
      change(this.#platform.database, caller, async (tx) => {
        const enrolment = await enrolments.approve(tx, cluster.id, enrolmentId, { ...request, by });
        audit.append(tx, {
          clusterId: cluster.id,
          actor: by,
          action: 'enrolment.approved',
          target: `enrolment:${enrolmentId}`,
          details: { identity: request.identity, poolId: enrolment.poolId, reason: request.reason },
        });
        events.append(tx, {
          type: 'enrolment.waiting',
          clusterId: cluster.id,
          data: { enrolmentId, poolId: enrolment.poolId, identity: enrolment.identity, approved: true },
        });
        return enrolment;
      }),
    );
  }

  deny(
    caller: Caller,
    cluster: Cluster,
    enrolmentId: string,
    request: { reason: string },
  ): Promise<Enrolment> {
    const by = caller.principal.actor;
    return naming(CODES, () =>
      change(this.#platform.database, caller, async (tx) => {
        const enrolment = await enrolments.deny(tx, cluster.id, enrolmentId, { ...request, by });
        audit.append(tx, {
          clusterId: cluster.id,
          actor: by,
          action: 'enrolment.denied',
          target: `enrolment:${enrolmentId}`,
          details: { identity: enrolment.identity, poolId: enrolment.poolId, reason: request.reason },
        });
        events.append(tx, {
          type: 'enrolment.denied',
          clusterId: cluster.id,
          data: { enrolmentId, poolId: enrolment.poolId, identity: enrolment.identity },
        });
        return enrolment;
      }),
    );
  }
}
