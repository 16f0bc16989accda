# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The shortest program; the README begins with it."""
import asyncio
import weir

async def main():
    async with weir.Store() as store:
        app = store.instantiate("examples/guests/wat/double.wat")
        print(await app.exports.double(21))

asyncio.run(main())
