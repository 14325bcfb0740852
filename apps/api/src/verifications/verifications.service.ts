import { Injectable } from '@nestjs/common';
import type { Cluster, Verification, VerificationRequest } from '@asterism/contracts';
import type { Caller } from '../auth/caller.ts';
import { findNode } from '../nodes/nodes.service.ts';
import { NodeInterrogator } from '../platform/node-interrogator.ts';
import { Platform } from '../platform/platform.ts';

@Injectable()
export class VerificationsService {
  readonly #platform: Platform;
  readonly #interrogator: NodeInterrogator;

  constructor(platform: Platform, interrogator: NodeInterrogator) {
    this.#platform = platform;
    this.#interrogator = interrogator;
  }

  async verify(
    caller: Caller,
    cluster: Cluster,
    node: string,
    request: VerificationRequest,
  ): Promise<Verification> {
    const target = await findNode(this.#platform.database.queries, cluster, node);
    return this.#interrogator.verify(cluster, target, request, caller.principal.actor);
  }
}
