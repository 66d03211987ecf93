import type { DemoQueue } from './cast.ts';

type List = readonly [string, ...string[]];
type Language = 'en' | 'zh-CN';
/** What an agent wrote, and the disposition that goes with it. */
export type Note = readonly [disposition: string, text: string];
type Notes = readonly [Note, ...Note[]];

export const caseSubjects: Readonly<Record<'request' | 'complaint', Readonly<Record<Language, List>>>> = {
  request: {
    en: [
      'Wants the warranty moved to a new owner',
      'Asks for a second copy of the invoice',
      'Delivery address to be changed',
      'Installation date requested',
      'Question about extended warranty',
      'Spare filter to be sent',
      'Manual in another language',
      'Wants a quote for ten units',
    ],
    'zh-CN': [
      '申请更改送货地址',
      '需要补开发票',
      '预约安装时间',
      '咨询延长保修',
      '申请更换滤芯',
      '需要十台设备的报价',
    ],
  },
  complaint: {
    en: [
      'Repair promised a month ago, nobody came',
      'Delivered unit is scratched',
      'Charged twice for one order',
      'Two sellers named two prices',
      'Fault came back after the repair',
      'Was called although asked not to be',
      'Part missing in the parcel',
    ],
    'zh-CN': [
      '维修后故障再次出现',
      '送到的产品有划痕',
      '同一订单重复扣款',
      '约好的时间无人上门',
      '包裹缺少配件',
      '要求不再来电但仍接到推销',
    ],
  },
};

export const notes: Readonly<Record<DemoQueue, Readonly<Record<Language, Notes>>>> = {
  support: {
    en: [
      ['resolved', 'Washing machine showed {error}. Walked through the reset, drum turns again.'],
      ['resolved', 'Fridge too warm: thermostat was on 1. Set to 4, will watch it until {day}.'],
      ['resolved', 'Could not pair the {product} with the app. Router was on 5 GHz only; works now.'],
      ['resolved', 'Asked how to clean the filter of the {product}. Sent the page of the manual by mail.'],
      [
        'resolved',
        'Warranty question: {product} is covered until next year. Read the dates out to the customer.',
      ],
      [
        'follow-up',
        '{product} leaks at the door. Photos requested; technician to be booked once they are in.',
      ],
      ['follow-up', 'Error {error} again after the last repair. Second visit needed, part {part} ordered.'],
      [
        'follow-up',
        'Spare part {part} for the {product} not in stock. Check on {day} and tell the customer.',
      ],
      ['callback-promised', 'Wants the technician himself. Promised a call back on {day} before noon.'],
      ['callback-promised', 'Was driving. Call back {day} after 5 pm, mobile number is right.'],
      [
        'complaint',
        'Technician did not come on {day}, second time. Upset; apologised, passed to the supervisor.',
      ],
      ['complaint', 'Order {order}: {product} arrived scratched. Wants a new one, no discount.'],
      ['wrong-number', 'Meant to call another company. Nothing to do.'],
      ['dropped', 'Line broke while looking up order {order}. Customer did not call again yet.'],
      [
        'resolved',
        'Noise in spin cycle: transport bolts were still in. Removed by the customer on the phone.',
      ],
      ['resolved', 'Reset the password for the service portal, sign-in tested together.'],
    ],
    'zh-CN': [
      ['resolved', '{productZh}显示{error}，指导客户重启后恢复正常。'],
      ['resolved', '咨询{productZh}滤网清洗方法，已发送说明书。'],
      ['resolved', '{productZh}无法连接手机应用，路由器切换到2.4G后成功。'],
      ['resolved', '查询保修期，{productZh}保修到明年，客户满意。'],
      ['follow-up', '{productZh}漏水，等客户发照片后安排师傅上门。'],
      ['follow-up', '维修后再次出现{error}，已订购配件{part}。'],
      ['callback-promised', '客户正在开会，约好{dayZh}下午回电。'],
      ['complaint', '师傅{dayZh}没有上门，客户非常不满，已转主管处理。'],
      ['complaint', '订单{order}的{productZh}有划痕，要求换货。'],
      ['dropped', '通话中断，客户信号不好。'],
    ],
  },
  sales: {
    en: [
      ['sale', 'Ordered two {product}s, order {order}. Delivery {day}, pays by card.'],
      ['sale', 'Took the extended warranty for the {product}: {amount} for three years.'],
      ['sale', 'Upgraded order {order} to the larger model. New total {amount}.'],
      ['no-sale', 'Compared the {product} with another brand; price too high at {amount}.'],
      ['no-sale', 'Only wanted to know about opening hours of the showroom.'],
      ['no-sale', 'Looking for a model we stopped making. Suggested the {product}, will think.'],
      ['follow-up', 'Quote for ten {product}s sent by mail, {amount}. Decision on {day}.'],
      ['follow-up', 'Asks for fleet terms. Owner of the account to get in touch by {day}.'],
      ['callback-promised', 'Wife decides as well. Call back {day} evening.'],
      ['resolved', 'Order {order}: delivery moved to {day}.'],
      ['complaint', 'Says another seller offered {amount} for the same {product}. Wants that price.'],
      ['wrong-number', 'Wanted support; gave the number 4001.'],
    ],
    'zh-CN': [
      ['sale', '订购两台{productZh}，订单号{order}，{dayZh}送货。'],
      ['sale', '购买{productZh}三年延保，{amount}。'],
      ['no-sale', '觉得{productZh}价格偏高，再考虑。'],
      ['no-sale', '只询问门店营业时间。'],
      ['follow-up', '已发十台{productZh}报价，{dayZh}前答复。'],
      ['callback-promised', '需要和家人商量，{dayZh}晚上回电。'],
      ['complaint', '两位销售报价不同，客户要求按低价成交。'],
      ['resolved', '订单{order}改为{dayZh}送货。'],
    ],
  },
  billing: {
    en: [
      ['resolved', 'Invoice for order {order} sent again as PDF.'],
      ['resolved', 'Explained the service fee of {amount}; customer agrees.'],
      ['resolved', 'Changed the billing address, next invoice will be right.'],
      ['resolved', 'Refund of {amount} for order {order} was booked on {day}; takes three working days.'],
      ['follow-up', 'Payment of {amount} not found. Customer sends the bank receipt.'],
      ['follow-up', 'Wants to pay in three parts. Asked accounting, answer by {day}.'],
      ['complaint', 'Charged twice for order {order}: {amount}. Refund started, apologised.'],
      ['complaint', 'Reminder although paid. Stopped the dunning, confirmation by mail.'],
      ['callback-promised', 'Accounting to call back on {day} about the credit note.'],
      ['dropped', 'Hung up while on hold. Invoice {order} was the question.'],
    ],
    'zh-CN': [
      ['resolved', '已重新发送订单{order}的电子发票。'],
      ['resolved', '退款{amount}已于{dayZh}处理，三个工作日到账。'],
      ['resolved', '修改开票信息，下月生效。'],
      ['follow-up', '未查到{amount}付款记录，客户稍后发送凭证。'],
      ['complaint', '订单{order}重复扣款{amount}，已申请退款并致歉。'],
      ['callback-promised', '财务{dayZh}回电说明账单。'],
    ],
  },
};

const slots: Readonly<Record<string, List>> = {
  product: ['washing machine', 'fridge', 'dishwasher', 'dryer', 'oven', 'air conditioner', 'freezer', 'hob'],
  productZh: ['洗衣机', '冰箱', '洗碗机', '烘干机', '烤箱', '空调', '冷柜', '热水器'],
  error: ['E2', 'E4', 'E7', 'F05', 'F11', 'H20'],
  part: ['WP-1180', 'DG-204', 'TM-77', 'PX-3401', 'HC-905'],
  day: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday'],
  dayZh: ['周一', '周二', '周三', '周四', '周五'],
};

interface Chance {
  int(low: number, high: number): number;
  pick<T>(list: readonly [T, ...T[]]): T;
}

/** Fills the `{slots}` of a template. */
export function fill(template: string, random: Chance, language: Language): string {
  return template.replace(/\{(\w+)\}/g, (whole, slot: string) => {
    if (slot === 'order') return `A${random.int(10_000, 99_999)}`;
    if (slot === 'amount')
      return language === 'en' ? `$${random.int(19, 1899)}.00` : `${random.int(99, 9899)}元`;
    const list = slots[slot];
    return list ? random.pick(list) : whole;
  });
}
