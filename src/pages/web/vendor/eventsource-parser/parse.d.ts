// What the pages use of eventsource-parser; written here, so that its modules are served as they are published.
export function createParser(to: { onEvent(message: { event?: string; data: string; id?: string }): void }): { feed(text: string): void };
