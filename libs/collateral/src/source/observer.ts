import type { CollateralError } from '../errors.ts';
import type { NeedKey } from '../items/need-key.ts';

/** What a source tells of its work: for logs, metrics and whoever must judge again. */
export interface CollateralObserver {
  /** A need was met or not: from memory, from a store, or by asking the vendor. */
  met(need: NeedKey, from: 'memory' | 'store' | 'vendor'): void;
  failed(need: NeedKey, error: CollateralError): void;
  /** A store does not work; what it would have held is fetched again. */
  storeFailed(error: unknown): void;
}
