import { Inviter, type Session, SessionState, UserAgent, Web } from 'sip.js';
import { SIP_WS_PATH } from '#shared/contract/kit.ts';
import { type Meter, meter, micProblem, openMicrophone } from '../../softphone/audio.ts';
import type { Caller, CallerSnapshot, CallerState } from './caller.ts';
import { type CallerProblem, callerUser, problemOfStatus } from './failure.core.ts';
import { createRingback } from './ringback.ts';

/** How often, and how long, a lost line is tried again in mid-call, ms. */
const RECONNECT_EVERY = 1500;
const RECONNECT_FOR = 25_000;

/** The customer's phone on SIP.js: a new user agent for each call, since each may come from another number. */
export function createCaller(onChange: (snapshot: CallerSnapshot) => void): Caller {
  let state: CallerState = 'idle';
  let problem: CallerProblem | undefined;
  let since: number | undefined;
  let reconnecting = false;
  /** Counts calls: what an earlier call still reports is no longer of interest. */
  let turn = 0;
  let agent: UserAgent | undefined;
  let session: Inviter | undefined;
  let microphone: MediaStream | undefined;
  let levels: Meter | undefined;
  let audio: HTMLAudioElement | null = null;
  const ringback = createRingback();

  function set(next: CallerState, why?: CallerProblem): void {
    state = next;
    problem = why;
    if (next === 'talking') since = Date.now();
    if (next === 'calling') since = undefined;
    if (next === 'ringing') ringback.start();
    else ringback.stop();
    tell();
  }
  const tell = () => onChange({ state, problem, since, reconnecting });
  const inCall = () => state === 'calling' || state === 'ringing' || state === 'talking';

  function finish(next: 'ended' | 'failed', why?: CallerProblem): void {
    if (!inCall()) return;
    turn += 1;
    reconnecting = false;
    levels?.close();
    levels = undefined;
    for (const track of microphone?.getTracks() ?? []) track.stop();
    microphone = undefined;
    if (audio !== null) audio.srcObject = null;
    const old = agent;
    agent = undefined;
    session = undefined;
    set(next, why);
    // After the BYE or CANCEL that is being sent right now.
    setTimeout(() => void old?.stop().catch(() => {}), 500);
  }

  async function begin(mine: number, number: string, from: string, domain: string): Promise<void> {
    try {
      const stream = await openMicrophone('');
      if (mine !== turn) {
        for (const track of stream.getTracks()) track.stop();
        return;
      }
      microphone = stream;
    } catch (error) {
      if (mine === turn) finish('failed', callerProblem(micProblem(error)));
      return;
    }
    const uri = UserAgent.makeURI(`sip:${callerUser(from)}@${domain}`);
    const target = UserAgent.makeURI(`sip:${number}@${domain}`);
    if (uri === undefined || target === undefined) {
      finish('failed', 'not-found');
      return;
    }
    const ua = userAgent(uri, microphone, mine);
    agent = ua;
    try {
      await ua.start();
    } catch {
      if (mine === turn) finish('failed', 'connection');
      return;
    }
    if (mine !== turn) return;
    const inviter = new Inviter(ua, target);
    session = inviter;
    inviter.stateChange.addListener((next) => mine === turn && sessionChanged(next, inviter));
    try {
      await inviter.invite({
        requestDelegate: {
          onProgress: (response) => {
            if (mine === turn && response.message.statusCode === 180 && state === 'calling') set('ringing');
          },
          onReject: (response) => {
            if (mine === turn) finish('failed', problemOfStatus(response.message.statusCode ?? 500));
          },
        },
      });
    } catch {
      if (mine === turn) finish('failed', 'failed');
    }
  }

  function userAgent(
    uri: NonNullable<ReturnType<typeof UserAgent.makeURI>>,
    stream: MediaStream,
    mine: number,
  ) {
    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
    return new UserAgent({
      uri,
      displayName: '',
      logBuiltinEnabled: false,
      logConfiguration: false,
      userAgentString: 'Cordboard call page',
      transportOptions: {
        server: `${scheme}//${location.host}${SIP_WS_PATH}`,
        keepAliveInterval: 10,
        connectionTimeout: 5,
      },
      sessionDescriptionHandlerFactory: Web.defaultSessionDescriptionHandlerFactory(() =>
        Promise.resolve(stream),
      ),
      sessionDescriptionHandlerFactoryOptions: {
        iceGatheringTimeout: 300,
        peerConnectionConfiguration: { iceServers: [] },
      },
      delegate: {
        onDisconnect: () => {
          if (mine === turn) void lineLost(mine);
        },
      },
    });
  }

  function sessionChanged(next: SessionState, of: Session): void {
    if (next === SessionState.Established) {
      const pc = connectionOf(of);
      const tracks = pc?.getReceivers().map((receiver) => receiver.track) ?? [];
      const remote = new MediaStream(tracks.filter((track) => track.kind === 'audio'));
      levels = meter(remote);
      if (audio !== null) {
        audio.srcObject = remote;
        void audio.play().catch(() => {});
      }
      set('talking');
    }
    if (next === SessionState.Terminated)
      finish(state === 'talking' ? 'ended' : 'failed', state === 'talking' ? undefined : 'failed');
  }

  /** The session is kept; once the line is back, a re-INVITE with an ICE restart tells the server the new way. */
  async function lineLost(mine: number): Promise<void> {
    if (state !== 'talking') {
      finish('failed', 'connection');
      return;
    }
    if (reconnecting) return;
    reconnecting = true;
    tell();
    const until = Date.now() + RECONNECT_FOR;
    while (mine === turn && Date.now() < until) {
      try {
        await agent?.reconnect();
        if (mine !== turn) return;
        await session?.invite({
          sessionDescriptionHandlerOptions: iceRestart,
          requestDelegate: {
            // 481 (RFC 3261 12.2.2): the server no longer knows this call.
            onReject: () => mine === turn && finish('failed', 'connection-lost'),
          },
        });
        reconnecting = false;
        tell();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, RECONNECT_EVERY));
      }
    }
    if (mine === turn) finish('failed', 'connection-lost');
  }

  return {
    call(number, from, domain) {
      if (inCall()) return;
      turn += 1;
      set('calling');
      void begin(turn, number, from, domain);
    },
    hangUp() {
      const current = session;
      const talking = state === 'talking';
      if (!inCall()) return;
      // No INVITE was sent yet, or one is on its way: SIP.js holds a CANCEL back until it may be sent.
      const done = current === undefined ? undefined : talking ? current.bye() : current.cancel();
      void done?.catch(() => {});
      finish('ended');
    },
    sendDigit(key) {
      const sender =
        session === undefined
          ? undefined
          : connectionOf(session)
              ?.getSenders()
              .find((s) => s.dtmf !== null);
      const dtmf = sender?.dtmf;
      if (state !== 'talking' || dtmf === null || dtmf === undefined) return false;
      try {
        dtmf.insertDTMF(dtmf.toneBuffer + key, 160, 70);
        return true;
      } catch {
        return false;
      }
    },
    attach(element) {
      audio = element;
    },
    remoteLevel: () => levels?.level() ?? 0,
    dispose() {
      if (state === 'talking') void session?.bye().catch(() => {});
      else void session?.cancel().catch(() => {});
      finish('ended');
    },
  };
}

const iceRestart: Web.SessionDescriptionHandlerOptions = { offerOptions: { iceRestart: true } };

const callerProblem = (why: ReturnType<typeof micProblem>): CallerProblem =>
  why === 'mic-denied' || why === 'mic-missing' || why === 'insecure' ? why : 'mic-busy';

function connectionOf(session: Session): RTCPeerConnection | undefined {
  const handler = session.sessionDescriptionHandler;
  return handler instanceof Web.SessionDescriptionHandler ? handler.peerConnection : undefined;
}
