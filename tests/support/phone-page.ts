import { debug, UA, WebSocketInterface } from 'jssip';
import type { RTCSessionEvent } from 'jssip/lib/UA';
import { type Invitation, Inviter, Registerer, type Session, SessionState, UserAgent, Web } from 'sip.js';

/**
 * A bare WebRTC phone in a page, on either of two independent SIP stacks, for tests that let each of them be agent and
 * caller. It answers what rings. Bundled by the test and put into a page; talks to the test through `window.phone`.
 */
export interface PagePhone {
  /** Resolves when registered. */
  register(): Promise<void>;
  call(number: string): void;
  hangUp(): void;
  /** `idle`, `calling`, `talking`, `ended`, or `failed: <cause>`. */
  state(): string;
}

export interface PagePhoneOptions {
  readonly stack: 'jssip' | 'sipjs';
  readonly url: string;
  readonly uri: string;
  readonly username?: string;
  readonly password?: string;
}

function play(connection: RTCPeerConnection): void {
  const audio = document.createElement('audio');
  audio.dataset.testid = 'phone-audio';
  audio.autoplay = true;
  document.querySelectorAll('audio').forEach((old) => {
    old.remove();
  });
  document.body.append(audio);
  const stream = new MediaStream(connection.getReceivers().flatMap((receiver) => receiver.track));
  audio.srcObject = stream;
}

function jssipPhone(options: PagePhoneOptions): PagePhone {
  debug.disable();
  const ua = new UA({
    sockets: [new WebSocketInterface(options.url)],
    uri: options.uri,
    ...(options.username ? { authorization_user: options.username } : {}),
    ...(options.password ? { password: options.password } : {}),
    register: options.password !== undefined,
  });
  const media = { mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] } };
  let state = 'idle';
  let hangUp = (): void => undefined;
  ua.on('newRTCSession', ({ session, originator }: RTCSessionEvent) => {
    state = 'calling';
    hangUp = () => session.terminate();
    session.on('icecandidate', ({ ready }: { ready: () => void }) => ready());
    session.on('confirmed', () => {
      state = 'talking';
      if (session.connection) play(session.connection);
    });
    session.on('ended', () => {
      state = 'ended';
    });
    session.on('failed', ({ cause }: { cause: string }) => {
      state = `failed: ${cause}`;
    });
    if (originator === 'remote') session.answer(media);
  });
  const registered = new Promise<void>((resolve, reject) => {
    ua.on('registered', () => resolve());
    ua.on('registrationFailed', ({ cause }) => reject(new Error(cause)));
  });
  const connected = new Promise<void>((resolve) => {
    ua.on('connected', () => resolve());
  });
  ua.start();
  return {
    register: () => registered,
    call: (number) => void connected.then(() => ua.call(`sip:${number}@cordboard`, media)),
    hangUp: () => hangUp(),
    state: () => state,
  };
}

function sipjsPhone(options: PagePhoneOptions): PagePhone {
  const uri = UserAgent.makeURI(options.uri);
  if (!uri) throw new Error(`no SIP URI: ${options.uri}`);
  let state = 'idle';
  let session: Session | undefined;
  const follow = (next: Session): void => {
    session = next;
    state = 'calling';
    next.stateChange.addListener((change) => {
      if (change === SessionState.Established) {
        state = 'talking';
        const handler = next.sessionDescriptionHandler;
        if (handler instanceof Web.SessionDescriptionHandler && handler.peerConnection)
          play(handler.peerConnection);
      }
      if (change === SessionState.Terminated) state = state === 'talking' ? 'ended' : 'failed: not answered';
    });
  };
  const ua = new UserAgent({
    uri,
    transportOptions: { server: options.url },
    logLevel: 'error',
    ...(options.username ? { authorizationUsername: options.username } : {}),
    ...(options.password ? { authorizationPassword: options.password } : {}),
    sessionDescriptionHandlerFactoryOptions: {
      iceGatheringTimeout: 300,
      peerConnectionConfiguration: { iceServers: [] },
    },
    delegate: {
      onInvite(invitation: Invitation) {
        follow(invitation);
        void invitation.accept();
      },
    },
  });
  const started = ua.start();
  return {
    async register() {
      await started;
      const registerer = new Registerer(ua);
      await new Promise<void>((resolve, reject) => {
        void registerer.register({
          requestDelegate: { onAccept: () => resolve(), onReject: () => reject(new Error('refused')) },
        });
      });
    },
    call(number) {
      void started.then(() => {
        const target = UserAgent.makeURI(`sip:${number}@cordboard`);
        if (!target) throw new Error(`no number: ${number}`);
        const inviter = new Inviter(ua, target);
        follow(inviter);
        return inviter.invite();
      });
    },
    hangUp() {
      if (session?.state === SessionState.Established) void session.bye();
      else if (session instanceof Inviter) void session.cancel();
    },
    state: () => state,
  };
}

Object.assign(window, {
  makePhone: (options: PagePhoneOptions): PagePhone =>
    options.stack === 'jssip' ? jssipPhone(options) : sipjsPhone(options),
});
