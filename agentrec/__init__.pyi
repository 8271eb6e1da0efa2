from agentrec.cuts.python_api import cut as cut
from agentrec.cuts.python_api import join as join
from agentrec.cuts.python_api import speed as speed
from agentrec.cuts.python_api import trim as trim
from agentrec.sdk import FORK as FORK
from agentrec.sdk import MOCK as MOCK
from agentrec.sdk import REPLAY as REPLAY
from agentrec.sdk import New as New
from agentrec.sdk import Recorder as Recorder
from agentrec.sdk import Run as Run
from agentrec.sdk import Workspace as Workspace
from agentrec.sdk import list_runs as list_runs

__version__: str
