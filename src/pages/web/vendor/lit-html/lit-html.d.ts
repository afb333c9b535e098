// What the pages use of lit-html; written here, so that its modules are served as they are published.
export type Template = { readonly _$litType$: unknown };
export function html(strings: TemplateStringsArray, ...values: unknown[]): Template;
export function svg(strings: TemplateStringsArray, ...values: unknown[]): Template;
export function render(value: unknown, container: HTMLElement): unknown;
export const nothing: unique symbol;
