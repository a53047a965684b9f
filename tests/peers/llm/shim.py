# shim.py LLAMA_URL: Ollama's interface (lines of JSON, calls with arguments as objects) in front of a real llama.cpp server, on a free port
# of loopback, until stdin ends.
import http.server, json, os, sys, threading, time, urllib.request, datetime
UP=sys.argv[1]; now=lambda: datetime.datetime.now(datetime.timezone.utc).isoformat().replace("+00:00","Z")
def up(path,body): return urllib.request.urlopen(urllib.request.Request(UP+path,data=json.dumps(body).encode(),headers={"Content-Type":"application/json"}))
class H(http.server.BaseHTTPRequestHandler):
    protocol_version="HTTP/1.1"
    def log_message(self,*a): pass
    def js(self,o,code=200):
        b=json.dumps(o).encode(); self.send_response(code); self.send_header("Content-Type","application/json; charset=utf-8"); self.send_header("Content-Length",str(len(b))); self.end_headers(); self.wfile.write(b)
    def do_GET(self):
        d={"format":"gguf","family":"llama","families":["llama"],"parameter_size":"0.4M","quantization_level":"F32"}
        m={"name":"tiny:latest","model":"tiny:latest","modified_at":now(),"size":3106240,"digest":"0"*64,"details":d}
        if self.path=="/": b=b"Ollama is running"; self.send_response(200); self.send_header("Content-Length",str(len(b))); self.end_headers(); self.wfile.write(b)
        elif self.path=="/api/version": self.js({"version":"0.12.0"})
        elif self.path=="/api/tags": self.js({"models":[m]})
        elif self.path=="/api/ps": self.js({"models":[{**m,"expires_at":now(),"size_vram":0}]})
        else: self.js({"error":"404 page not found"},404)
    def do_POST(self):
        q=json.loads(self.rfile.read(int(self.headers.get("Content-Length",0))) or b"{}"); model=q.get("model",""); t0=time.time_ns()
        if self.path=="/api/show": return self.js({"capabilities":["completion","tools"],"model_info":{"general.architecture":"llama","llama.context_length":8192}})
        if model.split(":")[0]!="tiny": return self.js({"error":f"model '{model}' not found"},404)
        chat=self.path=="/api/chat"
        if not chat and self.path!="/api/generate": return self.js({"error":"404 page not found"},404)
        msgs=q.get("messages") if chat else [{"role":"user","content":q.get("prompt","")}]
        for m in msgs:
            for i,tc in enumerate(m.get("tool_calls") or []): tc.setdefault("id",f"c{i}"); tc["type"]="function"; tc["function"]["arguments"]=json.dumps(tc["function"].get("arguments") or {})
        b={"messages":msgs,"stream":True,"stream_options":{"include_usage":True},"max_tokens":(q.get("options") or {}).get("num_predict",256)}
        if q.get("tools"): b["tools"]=q["tools"]
        if isinstance(q.get("format"),dict): b["response_format"]={"type":"json_schema","json_schema":{"name":"r","schema":q["format"]}}
        stream=q.get("stream",True); text="";calls={};usage={};fin="stop"
        def part(s): return {"message":{"role":"assistant","content":s}} if chat else {"response":s}
        if stream: self.send_response(200); self.send_header("Content-Type","application/x-ndjson"); self.send_header("Transfer-Encoding","chunked"); self.end_headers()
        def emit(o): l=(json.dumps(o)+"\n").encode(); self.wfile.write(b"%x\r\n%s\r\n"%(len(l),l)); self.wfile.flush()
        base=lambda: {"model":model,"created_at":now()}
        for line in up("/v1/chat/completions",b):
            if not line.startswith(b"data: {"): continue
            d=json.loads(line[6:]); usage=d.get("usage") or usage
            for c in d["choices"]:
                fin=c.get("finish_reason") or fin; dl=c["delta"]
                if dl.get("content"):
                    text+=dl["content"]
                    if stream: emit({**base(),**part(dl["content"]),"done":False})
                for tc in dl.get("tool_calls") or []:
                    x=calls.setdefault(tc["index"],{"name":"","args":""}); f=tc.get("function",{}); x["name"]=f.get("name") or x["name"]; x["args"]+=f.get("arguments") or ""
        tcs=[{"function":{"index":i,"name":c["name"],"arguments":json.loads(c["args"] or "{}")}} for i,c in sorted(calls.items())]
        if tcs and stream: emit({**base(),"message":{"role":"assistant","content":"","tool_calls":tcs},"done":False})
        last={**base(),**part("" if stream else text),"done":True,"done_reason":"length" if fin=="length" else "stop","total_duration":time.time_ns()-t0,"load_duration":1,"prompt_eval_count":usage.get("prompt_tokens",0),"prompt_eval_duration":1,"eval_count":usage.get("completion_tokens",0),"eval_duration":1}
        if tcs and not stream: last["message"]["tool_calls"]=tcs
        if stream: emit(last); self.wfile.write(b"0\r\n\r\n")
        else: self.js(last)
server=http.server.ThreadingHTTPServer(("127.0.0.1",0),H)
threading.Thread(target=server.serve_forever,daemon=True).start()
print("listening http://127.0.0.1:%d"%server.server_port,flush=True)
sys.stdin.read(); os._exit(0)
