// What the pages know of the API, read out of the document's types.

import type { components, paths } from './schema.js';

export type Schemas = components['schemas'];
export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

type Operation<P extends keyof paths, M extends Method> = NonNullable<paths[P][M]>;
type Json<R> = R extends { content: { 'application/json': infer Body } } ? Body : undefined;
type Success<R> = R extends { 200: infer A } ? Json<A> : R extends { 201: infer A } ? Json<A>
  : R extends { 202: infer A } ? Json<A> : undefined;

/** The addresses that take this method. */
export type Path<M extends Method> = {
  [P in keyof paths]: Operation<P, M> extends { responses: unknown } ? P : never;
}[keyof paths];

type Sent<B> = B extends { content: { 'application/json': infer T } } ? T : never;

/** What a request says. */
export interface Asking<P extends keyof paths, M extends Method> {
  params?: Operation<P, M> extends { parameters: { path: infer T } } ? T : Record<string, never>;
  query?: Operation<P, M> extends { parameters: { query?: infer T } } ? T : Record<string, never>;
  body?: Operation<P, M> extends { requestBody?: infer B } ? Sent<NonNullable<B>> : never;
  /** Session, queue token or key. */
  credential?: string | undefined;
  /** `Idempotency-Key` */
  key?: string;
  /** `If-Match` */
  match?: string;
  /** Milliseconds until it counts as unanswered. */
  patience?: number;
  /** Whether the browser may keep the answer for as long as the office says. */
  cached?: boolean;
}

/** RFC 9457, as the office writes it. */
export interface Problem {
  code: string;
  status: number;
  detail?: string;
  /** Seconds. */
  retryAfter?: number | undefined;
  [member: string]: unknown;
}

export type Refused = { ok: false; problem: Problem };

/** What a request came to. */
export type Answered<P extends keyof paths, M extends Method> =
  | { ok: true; data: Operation<P, M> extends { responses: infer R } ? Success<R> : never; etag: string | null }
  | Refused;
