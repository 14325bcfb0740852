import { CollateralFormatError, type CollateralNeed } from '@asterism/attestation';
import { CodedError } from '@asterism/bytes';
import type { Dispatcher } from 'undici';
import type { Clock } from '../clock.ts';
import {
  CollateralInputError,
  CollateralNotGenuineError,
  CollateralUndecidedError,
  VendorBusyError,
  type CollateralError,
} from '../errors.ts';
import { HostLimit, type Rate } from '../http/host-limit.ts';
import { vendorGet, type VendorAnswer } from '../http/vendor-get.ts';
import type { CollateralItem, VendorRoots, VerifiedItem } from '../items/item.ts';
import { needKey } from '../items/need-key.ts';
import { verifyItem } from '../items/verify-item.ts';
import type { Vendor } from '../vendors/vendor.ts';

export interface VendorDeskOptions {
  /** None: nothing is fetched here. */
  readonly vendors: readonly Vendor[];
  readonly roots: VendorRoots;
  readonly dispatcher: Dispatcher;
  readonly rate: Rate;
  /** For one item with all that it takes, waiting for turns included. */
  readonly deadlineMilliseconds: number;
  readonly clock: Clock;
  /** Ends every request when the process stops. */
  readonly stopping: AbortSignal | undefined;
}

/** Asks vendors: in turn, within a deadline, and what comes back is verified before anyone sees it. */
export class VendorDesk {
  readonly #options: VendorDeskOptions;
  readonly #limits = new Map<string, HostLimit>();

  constructor(options: VendorDeskOptions) {
    this.#options = options;
  }

  /** @param item finds what an item is proved with. @throws CollateralError */
  async fetch(
    need: CollateralNeed,
    item: (need: CollateralNeed) => Promise<CollateralItem>,
  ): Promise<VerifiedItem> {
    const { vendors, roots, clock, deadlineMilliseconds, stopping } = this.#options;
    const { kind, key } = needKey(need);
    const vendor = vendors.find((candidate) => candidate.answers(need));
    if (vendor === undefined) {
      throw new CollateralUndecidedError('collateral-offline', `${kind} ${key} was not imported`, {
        want: kind,
      });
    }
    const timeout = AbortSignal.timeout(deadlineMilliseconds);
    const signal = stopping === undefined ? timeout : AbortSignal.any([timeout, stopping]);
    const deadline = new Date(clock.now().getTime() + deadlineMilliseconds);
    try {
      const fetched = await vendor.fetch(need, {
        get: (url, mostBytes) => this.#get(url, mostBytes, need, deadline, signal),
        item,
        now: clock.now(),
      });
      return await verifyItem(fetched, roots, clock.now());
    } catch (cause) {
      if (signal.aborted && !(cause instanceof CodedError)) {
        throw new CollateralUndecidedError(
          'collateral-timeout',
          `${vendor.name}: ${kind} ${key} did not come in time`,
          { cause },
        );
      }
      throw named(cause, `${vendor.name}: ${kind} ${key}`);
    }
  }

  async #get(
    url: URL,
    mostBytes: number,
    need: CollateralNeed,
    deadline: Date,
    signal: AbortSignal,
  ): Promise<VendorAnswer> {
    const limit = this.#limitOf(url, need);
    await limit.turn(deadline, signal);
    const { dispatcher, clock } = this.#options;
    try {
      return await vendorGet(dispatcher, { url, mostBytes, signal, now: clock.now() });
    } catch (cause) {
      if (cause instanceof VendorBusyError && cause.retryAt !== undefined) limit.pauseUntil(cause.retryAt);
      throw cause;
    }
  }

  /**
   * Certificates of chips wait in a queue of their own: which chip is asked for is a stranger's word until its
   * certificate is there, and no number of them must keep the lists from coming.
   */
  #limitOf({ host }: URL, { kind }: CollateralNeed): HostLimit {
    const lane = kind === 'amd-vcek' ? `${host} chips` : host;
    const known = this.#limits.get(lane);
    if (known !== undefined) return known;
    const made = new HostLimit(host, this.#options.rate, this.#options.clock);
    this.#limits.set(lane, made);
    return made;
  }
}

/** With the need in front, and errors of the readers as an answer of the wrong form. */
function named(cause: unknown, name: string): unknown {
  if (cause instanceof VendorBusyError)
    return new VendorBusyError(`${name}: ${cause.message}`, cause, cause.retryAt);
  if (cause instanceof CollateralUndecidedError) {
    return new CollateralUndecidedError(cause.code, `${name}: ${cause.message}`, mismatchOf(cause));
  }
  if (cause instanceof CollateralNotGenuineError) {
    return new CollateralNotGenuineError(cause.code, `${name}: ${cause.message}`, mismatchOf(cause));
  }
  if (cause instanceof CollateralInputError || cause instanceof CollateralFormatError) {
    return new CollateralInputError('item-malformed', `${name}: ${cause.message}`, mismatchOf(cause));
  }
  return cause;
}

function mismatchOf(cause: CollateralError | CollateralFormatError) {
  return { got: cause.got, want: cause.want, cause };
}
