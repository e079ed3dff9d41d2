"""Windows' words for two things that POSIX says otherwise: a group that dies together, and peak memory.

Microsoft, "Job Objects": with JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE all processes of a job end when its last
handle closes, which the system does for a process that dies.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _EXTENDED_LIMITS, _KILL_ON_CLOSE = 9, 0x2000
    _ACCESS = 0x0100 | 0x0001 | 0x1000 | 0x0010  # set quota, terminate, query limited, read memory

    class _Basic(ctypes.Structure):
        _fields_ = (
            ("PerProcessUserTimeLimit", ctypes.c_int64),
            ("PerJobUserTimeLimit", ctypes.c_int64),
            ("LimitFlags", wintypes.DWORD),
            ("MinimumWorkingSetSize", ctypes.c_size_t),
            ("MaximumWorkingSetSize", ctypes.c_size_t),
            ("ActiveProcessLimit", wintypes.DWORD),
            ("Affinity", ctypes.c_size_t),
            ("PriorityClass", wintypes.DWORD),
            ("SchedulingClass", wintypes.DWORD),
        )

    class _Extended(ctypes.Structure):
        _fields_ = (
            ("Basic", _Basic),
            ("IoInfo", ctypes.c_uint64 * 6),
            ("Memory", ctypes.c_size_t * 4),
        )

    class _Counters(ctypes.Structure):
        _fields_ = (
            ("cb", wintypes.DWORD),
            ("PageFaultCount", wintypes.DWORD),
            ("PeakWorkingSetSize", ctypes.c_size_t),
            ("Rest", ctypes.c_size_t * 7),
        )

    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    for _name in ("CreateJobObjectW", "OpenProcess"):
        getattr(_kernel, _name).restype = wintypes.HANDLE

    def make_job(pid: int) -> int:
        """A job with this process in it, and all that it will start; 0 where the system refuses."""
        job = _kernel.CreateJobObjectW(None, None)
        limits = _Extended()
        limits.Basic.LimitFlags = _KILL_ON_CLOSE
        handle = wintypes.HANDLE(job)
        _kernel.SetInformationJobObject(handle, _EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits))
        process = wintypes.HANDLE(_kernel.OpenProcess(_ACCESS, False, pid))
        joined = _kernel.AssignProcessToJobObject(handle, process)
        _kernel.CloseHandle(process)
        if not joined:
            _kernel.CloseHandle(handle)
        return int(job or 0) if joined else 0

    def close_job(job: int) -> None:
        """End all processes of a job."""
        _kernel.CloseHandle(wintypes.HANDLE(job))

    def peak_memory(pid: int) -> int:
        """The largest working set of a process so far, in bytes; 0 where it is gone."""
        process = wintypes.HANDLE(_kernel.OpenProcess(_ACCESS, False, pid))
        counters = _Counters(cb=ctypes.sizeof(_Counters))
        told = _kernel.K32GetProcessMemoryInfo(process, ctypes.byref(counters), counters.cb)
        _kernel.CloseHandle(process)
        return int(counters.PeakWorkingSetSize) if told else 0
