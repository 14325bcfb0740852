import { describe, expect, it } from 'vitest';
import { KmipFailure, OPERATION, requestMessage, responsePayload, stateIn, TAG } from './messages.ts';
import { bytes, enumeration, integer, structure, text } from './ttlv.ts';

const answer = (...items: Parameters<typeof structure>[1][]) =>
  structure(TAG.responseMessage, structure(TAG.batchItem, ...items));
const payload = structure(TAG.responsePayload, bytes(TAG.data, Uint8Array.of(1)));

describe('a message of KMIP', () => {
  it('asks in the version that is configured, one operation at a time', () => {
    const message = requestMessage('2.0', OPERATION.encrypt, [text(TAG.uniqueIdentifier, 'key-1')]);
    const [header, item] = message.value as readonly { value: unknown }[];
    expect(JSON.stringify(header)).toContain(JSON.stringify(integer(TAG.protocolVersionMajor, 2)));
    expect(item?.value).toContainEqual(enumeration(TAG.operation, OPERATION.encrypt));
  });

  it('gives the payload of a success of the same operation', () => {
    const good = answer(
      enumeration(TAG.operation, OPERATION.decrypt),
      enumeration(TAG.resultStatus, 0),
      payload,
    );
    expect(responsePayload(good, OPERATION.decrypt)).toEqual(payload);
    const invalid = expect.objectContaining({ code: 'kek-response-invalid' });
    expect(() => responsePayload(good, OPERATION.encrypt)).toThrow(invalid);
    expect(() => responsePayload(answer(payload), OPERATION.decrypt)).toThrow(invalid);
    expect(() =>
      responsePayload(structure(TAG.requestMessage, ...(good.value as [])), OPERATION.decrypt),
    ).toThrow(invalid);
  });

  it.each([
    [0x01, 'kek-unknown', false],
    [0x03, 'kek-denied', false],
    [0x0a, 'kek-ciphertext-wrong', false],
    [0x0c, 'kek-denied', false],
    [0x36, 'kek-disabled', false],
    [0x3a, 'kek-throttled', true],
    [0x43, 'kek-disabled', false],
    // Anything may be behind it, so another attempt may help.
    [0x100, 'kek-unreachable', true],
    [0x3f, 'kek-response-invalid', true],
  ])('says what result reason 0x%s is', (reason, code, retry) => {
    const failed = answer(enumeration(TAG.resultStatus, 1), enumeration(TAG.resultReason, reason));
    expect(() => responsePayload(failed, OPERATION.decrypt)).toThrow(
      expect.objectContaining({ name: 'KmipFailure', code, retry }),
    );
    expect(new KmipFailure(reason).isUnclear).toBe(reason === 0x100);
  });

  it('finds the state of a key as 1.4 and as 2.0 write it, and none where there is none', () => {
    const old = structure(
      TAG.attribute,
      text(TAG.attributeName, 'State'),
      enumeration(TAG.attributeValue, 2),
    );
    expect(stateIn(structure(TAG.responsePayload, old))).toBe(2);
    expect(
      stateIn(structure(TAG.responsePayload, structure(TAG.attributes, enumeration(TAG.state, 3)))),
    ).toBe(3);
    expect(stateIn(structure(TAG.responsePayload, text(TAG.uniqueIdentifier, '1')))).toBeUndefined();
  });
});
