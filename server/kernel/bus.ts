/**
 * Fan-out between the nodes of one centre: a wake-up, never the truth. Who misses a message reads the journal, or asks
 * again. Messages are small plain data: ids and codes.
 */
export interface Bus {
  publish(topic: string, message: BusMessage): void;
  /** Told of messages of every node, this one's too, each in its own turn. Returns the way to stop. */
  subscribe(topic: string, listener: (message: BusMessage) => void): () => void;
}

export type BusMessage = Readonly<Record<string, string | number | boolean | null>>;

/** The one node there is: what is published is heard here, before `publish` returns. */
export function localBus(failed: (error: unknown) => void): Bus {
  const topics = new Map<string, Set<(message: BusMessage) => void>>();
  return {
    publish(topic, message) {
      for (const listener of [...(topics.get(topic) ?? [])]) {
        try {
          listener(message);
        } catch (error) {
          failed(error);
        }
      }
    },
    subscribe(topic, listener) {
      const listeners = topics.get(topic) ?? new Set();
      topics.set(topic, listeners);
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
