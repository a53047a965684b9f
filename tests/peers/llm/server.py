"""server.py MODEL.gguf: a real llama.cpp server on a free port of loopback, until stdin ends: it goes with whoever started it."""
import os
import sys

import xllamacpp

params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.hostnames = ["127.0.0.1"] if isinstance(params.hostnames, list) else "127.0.0.1"
params.port = 0
params.n_ctx = 8192
params.n_parallel = 2
params.cpuparams.n_threads = 2
params.use_jinja = True
params.model_alias = ["tiny"] if not isinstance(params.model_alias, str) else "tiny"
params.warmup = False
server = xllamacpp.Server(params)
print("listening", server.listening_address, flush=True)
sys.stdin.read()
os._exit(0)
