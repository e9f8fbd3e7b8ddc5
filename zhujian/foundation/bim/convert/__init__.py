"""The child process that reads a foreign IFC file: checks it, counts it, draws it. No database, no network, no Django.

`python -m zhujian.foundation.bim.convert INPUT FOLDER` reads ``FOLDER/job.json``, says on its standard output how far it is (one JSON
object a line) and leaves ``result.json``, ``*.ndjson`` and ``storeys/*.glb`` in FOLDER. Whatever the file does to it, the platform goes on.
"""
