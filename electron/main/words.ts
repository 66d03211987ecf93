/** The few words the shell itself shows; everything else is the desktop's page. */
const words = {
  en: {
    open: 'Open Cordboard',
    quit: 'Quit',
    unreachable: 'no server',
    ready: 'ready',
    offer: 'a caller is waiting',
    answer: 'Answer',
  },
  zh: {
    open: '打开 Cordboard',
    quit: '退出',
    unreachable: '无法连接服务器',
    ready: '就绪',
    offer: '有来电等待接听',
    answer: '接听',
  },
} as const;

export type Words = (typeof words)[keyof typeof words];

/** @param locale BCP 47, as the system says, `zh-CN` */
export const wordsFor = (locale: string): Words =>
  locale.toLowerCase().startsWith('zh') ? words.zh : words.en;
