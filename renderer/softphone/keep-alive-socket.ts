/** How often the flow is tested, and how soon an unanswered test means that it is dead, ms. */
const PING_EVERY = 8000;
const PONG_WITHIN = 4000;

/**
 * The WebSocket under JsSIP, with the keep-alive of RFC 5626 section 4.4.1: a double CRLF that the server answers with
 * one. A network that went away without closing the socket is so noticed in seconds. A server that never answered a
 * ping is not held to it.
 */
export class KeepAliveSocket {
  via_transport: string;
  readonly url: string;
  readonly sip_uri: string;
  onconnect: () => void = () => {};
  ondisconnect: (error: boolean, code?: number, reason?: string) => void = () => {};
  ondata: (data: unknown) => void = () => {};

  #ws: WebSocket | undefined;
  #pinger: ReturnType<typeof setInterval> | undefined;
  #deadline: ReturnType<typeof setTimeout> | undefined;
  #answersPings = false;

  constructor(url: string) {
    this.url = url;
    const { protocol, host } = new URL(url);
    this.via_transport = protocol === 'wss:' ? 'WSS' : 'WS';
    this.sip_uri = `sip:${host};transport=ws`;
  }

  connect(): void {
    if (this.#ws !== undefined) return;
    let ws: WebSocket;
    try {
      ws = new WebSocket(this.url, 'sip');
    } catch {
      this.ondisconnect(true);
      return;
    }
    this.#ws = ws;
    ws.binaryType = 'arraybuffer';
    ws.onopen = () => {
      this.#pinger = setInterval(() => this.ping(), PING_EVERY);
      this.onconnect();
    };
    ws.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      clearTimeout(this.#deadline);
      this.#deadline = undefined;
      if (data === '\r\n') this.#answersPings = true;
      this.ondata(data);
    };
    ws.onclose = ({ code, reason }) => this.#gone(ws, code, reason);
  }

  disconnect(): void {
    const ws = this.#ws;
    this.#release();
    ws?.close();
  }

  send(message: string | ArrayBufferLike | Blob | ArrayBufferView): boolean {
    if (this.#ws?.readyState !== WebSocket.OPEN) return false;
    this.#ws.send(message as string | Blob | ArrayBuffer);
    return true;
  }

  isConnected(): boolean {
    return this.#ws?.readyState === WebSocket.OPEN;
  }

  isConnecting(): boolean {
    return this.#ws?.readyState === WebSocket.CONNECTING;
  }

  /** Tests the flow now: the network changed, or the machine woke up. */
  ping(): void {
    const ws = this.#ws;
    if (ws === undefined || !this.send('\r\n\r\n')) return;
    if (!this.#answersPings || this.#deadline !== undefined) return;
    this.#deadline = setTimeout(() => this.#gone(ws, 4000, 'keep-alive unanswered'), PONG_WITHIN);
  }

  #gone(ws: WebSocket, code: number, reason: string): void {
    if (this.#ws !== ws) return;
    this.#release();
    ws.close();
    this.ondisconnect(true, code, reason);
  }

  #release(): void {
    clearInterval(this.#pinger);
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
    if (this.#ws !== undefined) {
      this.#ws.onopen = null;
      this.#ws.onmessage = null;
      this.#ws.onclose = null;
    }
    this.#ws = undefined;
  }
}
