import { Controller } from '@nestjs/common';
import { jwksSchema } from '@asterism/contracts';
import { Public } from '../contract/access.ts';
import { Operation } from '../contract/operation.ts';
import { Platform } from '../platform/platform.ts';

@Controller()
export class JwksController {
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  @Public()
  @Operation({
    route: 'GET /.well-known/jwks.json',
    id: 'readJwks',
    tag: 'verification',
    summary: 'Read the keys that results are signed with',
    description:
      'For attestation results and signed audit heads (ES256). Keep a copy of your own: it is what you trust.',
    response: { status: 200, description: 'key set (RFC 7517)', schema: jwksSchema },
    responseExample: {
      keys: [
        {
          kty: 'EC',
          crv: 'P-256',
          x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
          y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
          kid: 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U',
          use: 'sig',
          alg: 'ES256',
        },
      ],
    },
  })
  read() {
    return this.#platform.resultSigner.jwks;
  }
}
