# model.py OUT.gguf: a hand-wired model for a real llama.cpp server: a Markov chain stored as a GGUF of the llama architecture (attention
# and feed-forward are zero, embeddings one-hot, the output matrix is the next token's logits). Asked plainly it says "the server is up
# and ok."; with tools it makes a call that fits their schema.
import sys, numpy as np, gguf
sent="▁the ▁server ▁is ▁up ▁and ▁ok .".split(" ")
chars=list('{}[]",:.!?_-/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789')+["▁"]
words=[w for w in sent if w!="."]
toks=["<unk>","<s>","</s>","<|im_start|>","<|im_end|>","<|t|>","<tool_call>","</tool_call>"]; types=[2,3,3,3,3,3,4,4]; scores=[0.0]*8
b0=len(toks); toks+= [f"<0x{i:02X}>" for i in range(256)]; types+=[6]*256; scores+=[0.0]*256
toks+=chars+words; types+=[1]*len(chars+words); scores+=[-100.0-i for i in range(len(chars))]+[-float(i) for i in range(len(words))]
V=len(toks); E=((V+31)//32)*32; L,H,F=1,E//32,32; ID={t:i for i,t in enumerate(toks)}; NL=b0+10
logit=np.full((V,V),-8.0,np.float32)              # logit[next, cur]
good=[ID[c] for c in chars if c!="▁"]; logit[good,:]=0.0   # inside a grammar: any plain character is equally likely
logit[ID['"'],[ID[c] for c in chars if c.isalnum()]]=3.5   # strings end soon
logit[ID["}"],:]=2.0; logit[ID[","],[ID['"']]]=1.0
def chain(a,b,v=30.0): logit[b,a]=v
chain(NL,ID[sent[0]])
for a,b in zip(sent,sent[1:]): chain(ID[a],ID[b])
chain(ID["."],ID["<|im_end|>"]); chain(ID["<|t|>"],ID["<tool_call>"]); chain(ID["<tool_call>"],NL); chain(ID["</tool_call>"],ID["<|im_end|>"]); chain(ID["}"],ID["}"],5.0); logit[ID["</tool_call>"],ID["}"]]=6.0
logit[ID["</tool_call>"],NL]=9.0                             # after the JSON + newline, close the call
tpl="""{%- if tools %}{{- '<|im_start|>system\\n# Tools\\n\\nYou may call one or more functions.\\n\\n<tools>' }}{%- for tool in tools %}{{- '\\n' }}{{- tool | tojson }}{%- endfor %}{{- '\\n</tools>\\n\\nFor each function call, return a json object within <tool_call></tool_call> XML tags:\\n<tool_call>\\n{"name": <function-name>, "arguments": <args-json-object>}\\n</tool_call><|im_end|>\\n' }}{%- endif %}{%- for m in messages %}{%- if m.role == 'assistant' and m.tool_calls %}{{- '<|im_start|>assistant' }}{%- if m.content %}{{- '\\n' + m.content }}{%- endif %}{%- for tc in m.tool_calls %}{%- if tc.function %}{%- set tc = tc.function %}{%- endif %}{{- '\\n<tool_call>\\n{"name": "' + tc.name + '", "arguments": ' }}{{- tc.arguments | tojson }}{{- '}\\n</tool_call>' }}{%- endfor %}{{- '<|im_end|>\\n' }}{%- elif m.role == 'tool' %}{{- '<|im_start|>user\\n<tool_response>\\n' + m.content + '\\n</tool_response><|im_end|>\\n' }}{%- else %}{{- '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{%- endif %}{%- endfor %}{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- if tools and messages[-1].role != 'tool' %}{{- '<|t|>' }}{%- endif %}{%- endif %}"""
w=gguf.GGUFWriter(sys.argv[1],"llama"); w.add_name("markov"); w.add_context_length(8192); w.add_embedding_length(E); w.add_block_count(L); w.add_feed_forward_length(F)
w.add_head_count(H); w.add_head_count_kv(H); w.add_layer_norm_rms_eps(1e-5); w.add_rope_dimension_count(E//H); w.add_vocab_size(V); w.add_file_type(0)
w.add_tokenizer_model("llama"); w.add_token_list(toks); w.add_token_scores(scores); w.add_token_types(types); w.add_bos_token_id(1); w.add_eos_token_id(4); w.add_unk_token_id(0); w.add_add_bos_token(False); w.add_add_space_prefix(False); w.add_chat_template(tpl)
emb=np.zeros((V,E),np.float32); emb[np.arange(V),np.arange(V)]=1; out=np.zeros((V,E),np.float32); out[:,:V]=logit/np.sqrt(E)
w.add_tensor("token_embd.weight",emb); w.add_tensor("output_norm.weight",np.ones(E,np.float32)); w.add_tensor("output.weight",out)
for i in range(L):
    p=f"blk.{i}."
    for n in ("attn_norm","ffn_norm"): w.add_tensor(p+n+".weight",np.ones(E,np.float32))
    for n in ("attn_q","attn_k","attn_v","attn_output"): w.add_tensor(p+n+".weight",np.zeros((E,E),np.float32))
    w.add_tensor(p+"ffn_gate.weight",np.zeros((F,E),np.float32)); w.add_tensor(p+"ffn_up.weight",np.zeros((F,E),np.float32)); w.add_tensor(p+"ffn_down.weight",np.zeros((E,F),np.float32))
w.write_header_to_file(); w.write_kv_data_to_file(); w.write_tensors_to_file(); w.close()
