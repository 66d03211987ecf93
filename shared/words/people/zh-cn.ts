import type { peopleEn } from './en.ts';

export const peopleZhCN: typeof peopleEn = {
  signIn: {
    username: '用户名',
    password: '密码',
    submit: '登录',
    missing: '请输入用户名和密码。',
    signedOut: '您已退出登录。',
    revoked: '您的会话已被管理员结束，或已在别处登录。',
    expired: '会话已过期，请重新登录。',
    checking: '正在确认登录状态…',
    unreachable: '无法连接服务器。',
  },
  role: { agent: '坐席', supervisor: '班长', administrator: '管理员' },
  errors: {
    'sign-in.failed': '用户名或密码错误。',
    'sign-in.locked': '密码错误次数过多，账户暂时锁定。',
    'sign-in.too-many': '尝试次数过多，请一分钟后再试。',
    'session.required': '请先登录。',
    'session.expired': '会话已过期，请重新登录。',
  },
};
