"""The dashboard: run folders in a browser, live and read-only.

`neurosim_rl.dashboard.finding` finds run folders, `watched_run` reads one of them again where its files have changed,
`catalogue` does so for all in a thread. `access` lets in who has the token, `application` answers, and `serving` binds
to this machine only. Nothing is written into any folder.
"""
