import { toBase64url } from '@asterism/bytes';
import { memberKeyRequestSchema, memberKeySchema } from '@asterism/contracts';
import { createHash } from 'node:crypto';
import { Problem } from './problem.ts';

/** Keys of volumes and object stores: one for each name, the second version current. */
export class ScriptedKeys {
  /** Every request is refused with it. */
  fault: Problem['code'] | null = null;

  answer(body: unknown): unknown {
    const { purpose, id, version = 2 } = memberKeyRequestSchema.parse(body);
    if (this.fault !== null) throw new Problem(this.fault);
    const key = toBase64url(this.keyOf(purpose, id, version));
    return memberKeySchema.parse({ purpose, id, version, key, current: version === 2 });
  }

  keyOf(purpose: string, id: string, version = 2): Uint8Array {
    return new Uint8Array(createHash('sha256').update(`${purpose}/${id}/${version}`).digest());
  }
}
