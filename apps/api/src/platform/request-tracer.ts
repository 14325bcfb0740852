import type { RequestTrace } from '../http/request-trace.ts';

/** Spans of requests; see `tracing.ts`. Absent where no collector is configured. */
export interface RequestTracer {
  start(request: object, operation: string, trace: RequestTrace): void;
  end(request: object, status: number): void;
  /** Sends what is left. */
  stop(): Promise<void>;
}
