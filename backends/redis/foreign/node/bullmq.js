// Fills a Redis server, host and port its arguments, with the jobs of a BullMQ queue.
const { Queue, Worker } = require('bullmq')
const connection = { host: process.argv[2], port: Number(process.argv[3]) }
async function main () {
  const queue = new Queue('mail', { connection })
  await queue.add('fail', { to: 0 }, { attempts: 1 })
  const worker = new Worker('mail', async () => { throw new Error('no route to host') }, { connection })
  await new Promise(resolve => worker.on('failed', resolve))
  await worker.close()
  await queue.add('send', { to: 1 }, { attempts: 3 })
  await queue.add('send', { to: 2 })
  await queue.add('later', { to: 3 }, { delay: 3600000 })
  await queue.close()
}
main().then(() => process.exit(0), e => { console.error(e); process.exit(1) })
