# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""FastAPI hands requests to a component: a store for each, so that no request sees the memory of another, and one that
traps or computes for a second harms no other.   GUEST=actor.wat uvicorn fastapi_app:app"""
import contextlib
import os

from fastapi import FastAPI, HTTPException

import weir

engine = weir.Engine(pooling=True, deadlines=True)
component = weir.Component(os.environ["GUEST"], engine)


@contextlib.asynccontextmanager
async def lifespan(_app: FastAPI):
    with engine.ticking(0.01):
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/handle")
async def handle(line: str) -> str:
    try:
        async with weir.Store(engine, max_total_memory_bytes=1 << 20, deadline=100) as store:
            return await store.instantiate(component).exports.handle(line)
    except weir.Timeout as error:
        raise HTTPException(504, str(error)) from error
    except weir.Error as error:
        raise HTTPException(502, str(error)) from error
