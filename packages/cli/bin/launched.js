// What launch.js runs. When the launcher is gone without having said so (kill -9), this process must not live on: a
// server nobody can see would hold the port and the data folder.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
// Listening to the channel must not keep a finished command from ending.
process.channel?.unref()

await import('../src/main.ts')
