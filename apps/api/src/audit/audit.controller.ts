import { Controller } from '@nestjs/common';
import { auditRecordSchema, auditVerificationSchema, pageQuerySchema, pageSchema } from '@asterism/contracts';
import { z } from 'zod';
import { From, type Caller } from '../auth/caller.ts';
import { Permission } from '../contract/access.ts';
import { Query } from '../contract/input.ts';
import { LastEventId } from '../contract/last-event-id.ts';
import { Operation } from '../contract/operation.ts';
import { AuditService, type AuditQuery } from './audit.service.ts';

const tag = 'audit';

@Controller()
export class AuditController {
  readonly #audit: AuditService;

  constructor(audit: AuditService) {
    this.#audit = audit;
  }

  @Permission('audit.read')
  @Operation({
    route: 'GET /v1/audit',
    id: 'listAudit',
    tag,
    summary: 'List audit records',
    description:
      'Of the clusters that the caller may audit; records that belong to none only with a global role.',
    query: pageQuerySchema.extend({
      order: z.enum(['ascending', 'descending']).default('descending').meta({ description: 'by sequence' }),
    }),
    response: { status: 200, description: 'one page', schema: pageSchema(auditRecordSchema) },
  })
  list(@From() caller: Caller, @Query() query: AuditQuery) {
    return this.#audit.list(caller, query);
  }

  @Permission('audit.read')
  @Operation({
    route: 'GET /v1/audit/stream',
    id: 'followAudit',
    tag,
    summary: 'Follow audit records',
    description: 'Server-sent events: records from now on, or after `Last-Event-ID` without a gap.',
    response: {
      status: 200,
      description: 'a stream without end; a comment line every 15 s shows that it is alive',
      schema: auditRecordSchema,
      mediaType: 'text/event-stream',
    },
    resumable: true,
  })
  follow(@From() caller: Caller, @LastEventId() after: number | undefined) {
    return this.#audit.follow(caller, after);
  }

  @Permission('audit.read', { globally: true })
  @Operation({
    route: 'GET /v1/audit/verify',
    id: 'verifyAudit',
    tag,
    summary: 'Verify the audit chain',
    description:
      'Computes every hash again, says where the chain breaks if it does, and signs its head. Keep a signed head ' +
      'elsewhere: it proves later that nothing up to it was cut off or rewritten. Needs a role over everything.',
    response: { status: 200, description: 'whether the chain is whole', schema: auditVerificationSchema },
    errors: ['overloaded', 'sealed'],
  })
  verify() {
    return this.#audit.verify();
  }
}
