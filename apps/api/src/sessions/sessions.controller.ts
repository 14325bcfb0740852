import { Controller } from '@nestjs/common';
import { createdTokenSchema, sessionSchema, signInLinkSchema } from '@asterism/contracts';
import { From, type Caller } from '../auth/caller.ts';
import { toSession } from '../auth/principal.ts';
import { Permission, SignInCode } from '../contract/access.ts';
import { Operation } from '../contract/operation.ts';
import { SessionsService } from './sessions.service.ts';
import { PresentedCode } from './presented-code.ts';

const tag = 'session';

@Controller()
export class SessionsController {
  readonly #sessions: SessionsService;

  constructor(sessions: SessionsService) {
    this.#sessions = sessions;
  }

  @Permission('session.create')
  @Operation({
    route: 'POST /v1/sign-in-links',
    id: 'createSignInLink',
    tag,
    summary: 'Make a one-time sign-in code',
    description:
      'For signing in to a browser without pasting a token: lives ten minutes, works once, and gives a session that may ' +
      'do what you may.',
    response: { status: 201, description: 'shown once', schema: signInLinkSchema },
    responseExample: {
      code: 'asterism_code_mJk3o1v6s0xgq2hQe0Qb1k8cVhK6n1yQyN3r0l2t5uA',
      expiresAt: '2026-11-24T10:10:00.000Z',
    },
  })
  createLink(@From() caller: Caller) {
    return this.#sessions.createLink(caller);
  }

  @SignInCode()
  @Operation({
    route: 'POST /v1/sessions',
    id: 'createSession',
    tag,
    summary: 'Sign in with a one-time code',
    description: 'The code is the bearer credential of this request. Of two that use it, one gets a session.',
    response: { status: 201, description: 'signed in; the secret is shown once', schema: createdTokenSchema },
  })
  create(@PresentedCode() code: string) {
    return this.#sessions.create(code);
  }

  @Permission('session.read')
  @Operation({
    route: 'GET /v1/session',
    id: 'readSession',
    tag,
    summary: 'Read who you are',
    description:
      'Name, roles and permissions of the token or session that calls: what to show and what to hide.',
    response: { status: 200, description: 'the caller', schema: sessionSchema },
    responseExample: {
      principal: 'token:0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a12',
      name: 'alice',
      bindings: [{ role: 'viewer', clusterId: '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11' }],
      permissions: [],
      clusterPermissions: { '0197a3c2-5d2e-7c3a-9f61-0d2f6f3b8a11': ['clusters.read', 'nodes.read'] },
      expiresAt: '2026-11-24T22:00:00.000Z',
    },
  })
  read(@From() caller: Caller) {
    return toSession(caller.principal);
  }

  @Permission('session.read')
  @Operation({
    route: 'DELETE /v1/session',
    id: 'deleteSession',
    tag,
    summary: 'Sign out',
    description: 'Ends the session, or the token, that calls.',
    response: { status: 204, description: 'signed out' },
  })
  async remove(@From() caller: Caller): Promise<void> {
    await this.#sessions.end(caller);
  }
}
