import { describe, expect, it } from 'vitest'
import { mayBeTwice, triedBy } from './log.ts'

describe('what a death has tried', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['nothing, for there was none', ['before a', 'after a'], []],
    [
      'before an effect and after the one before',
      ['before a', 'after a', 'before b', 'killed before b'],
      ['before b', 'after a'],
    ],
    [
      'before an effect, while another one was on its way',
      ['after a', 'before c', 'before b', 'killed before b'],
      ['before b'],
    ],
    ['after an effect', ['before a', 'after a', 'killed after a'], ['after a', 'after a']],
    [
      'half-way through a step',
      ['before s started', 'after s started', 'before s ended', 'killed before s ended'],
      ['before s ended', 'after s started'],
    ],
    [
      'half-way through a step, while it was told',
      ['after s started', 'before s ended', 'before reply', 'after reply', 'killed before s ended'],
      ['before s ended', 'after reply', 'after s started'],
    ],
    [
      'before something is told, while a step goes on',
      ['after s started', 'before s ended', 'after post', 'before reply', 'killed before reply'],
      ['before reply', 'after post'],
    ],
  ])('%s', (_, lines, moments) => {
    expect(triedBy(lines)).toEqual(moments)
  })
})

describe('what may stand twice in Slack', () => {
  it.each<[string, readonly string[], { messages: number; answers: number }]>([
    ['nothing of a bot that was not killed', ['before post'], { messages: 0, answers: 0 }],
    ['nothing that was not sent', ['before post', 'killed before post'], { messages: 0, answers: 0 }],
    [
      'a message that was sent',
      ['before post', 'after post', 'killed after post'],
      { messages: 1, answers: 0 },
    ],
    [
      'nothing whose note it died after',
      ['before post', 'after record +told', 'killed after record +told'],
      { messages: 0, answers: 0 },
    ],
    [
      'nothing that was noted',
      ['before post', 'after record +told', 'before b', 'killed before b'],
      { messages: 0, answers: 0 },
    ],
    [
      'an answer that was given',
      ['before answer the asker', 'before b', 'killed before b'],
      { messages: 0, answers: 1 },
    ],
    [
      'no answer that was noted',
      ['before answer the asker', 'after record ~commands settled', 'before b', 'killed before b'],
      { messages: 0, answers: 0 },
    ],
  ])('%s', (_, lines, twice) => {
    expect(mayBeTwice(lines)).toEqual(twice)
  })
})
