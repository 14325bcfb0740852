import { canMount, FuseMount, MeasurementRegisters } from '@asterism/testkit/kernel';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { extendRtmr, readRtmr } from './measurement-register.ts';

const DIGEST = new Uint8Array(48).fill(0x5a);

describe.skipIf(!(await canMount()))('run-time measurement registers (need root and /dev/fuse)', () => {
  let registers: MeasurementRegisters;
  let mount: FuseMount;
  beforeEach(async () => {
    registers = new MeasurementRegisters();
    mount = await FuseMount.mount(registers.sysfs);
  });
  afterEach(() => mount.unmount());
  const roots = () => ({ sysfs: mount.path });

  it('are extended one at a time, and give the value before', async () => {
    registers.values[2]?.fill(1);
    expect(await extendRtmr(roots(), 2, DIGEST)).toEqual(new Uint8Array(48).fill(1));
    const wanted = createHash('sha384').update(new Uint8Array(48).fill(1)).update(DIGEST).digest();
    expect(Buffer.from(await readRtmr(roots(), 2))).toEqual(wanted);
    expect(await readRtmr(roots(), 3)).toEqual(new Uint8Array(48));
  });

  it('S20 are not believed to be extended where they do not show it', async () => {
    registers.instead = () => null;
    await expect(extendRtmr(roots(), 2, DIGEST)).rejects.toMatchObject({ code: 'register-unexpected' });
    registers.instead = () => new Uint8Array(48);
    await expect(extendRtmr(roots(), 2, DIGEST)).rejects.toMatchObject({ code: 'register-unexpected' });
  });

  it('take 48 bytes and no others', async () => {
    await expect(extendRtmr(roots(), 2, new Uint8Array(32))).rejects.toMatchObject({
      code: 'request-refused',
    });
    expect(await readRtmr(roots(), 2)).toEqual(new Uint8Array(48));
  });

  it('are unavailable outside a TD', async () => {
    await expect(readRtmr({ sysfs: `${mount.path}/nowhere` }, 2)).rejects.toMatchObject({
      code: 'unavailable',
    });
  });
});
