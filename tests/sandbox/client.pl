# A third, independent client: Net::EPP::Simple of Debian's libnet-epp-perl. Prints one line a step.
use strict;
use warnings;
use Net::EPP::Simple;

my ($host, $port, $ca, $user, $pass) = @ARGV;
no warnings 'uninitialized';
my $epp = Net::EPP::Simple->new(host => $host, port => $port, user => $user, pass => $pass, verify => 1,
    ca_file => $ca, timeout => 10, load_config => 0) or die "login: $Net::EPP::Simple::Error";
sub step { my ($name, $value) = @_; printf "%s %s %s\n", $name, defined $value ? $value : 'undef', $Net::EPP::Simple::Code; }

step('check', $epp->check_domain('perl.com'));
step('contact', $epp->create_contact({ id => 'PERL-1', postalInfo => { int => { name => 'Anna Nowak', org => 'Acme',
    addr => { street => ['Prosta 1'], city => 'Krakow', sp => '', pc => '30-001', cc => 'PL' } } },
    voice => '+48.123456789', fax => '', email => 'anna@acme.example', authInfo => 'secret-1' }));
step('host', $epp->create_host({ name => 'ns1.outside.example', addrs => [] }));
step('domain', $epp->create_domain({ name => 'perl.com', period => 2, registrant => 'PERL-1',
    contacts => { admin => 'PERL-1', tech => 'PERL-1', billing => 'PERL-1' }, ns => ['ns1.outside.example'],
    authInfo => 'secret-1' }));
step('taken', $epp->check_domain('perl.com'));
my $info = $epp->domain_info('perl.com', 'secret-1');
step('info', join(',', $info->{name}, $info->{registrant}, $info->{ns}->[0], $info->{authInfo}, $info->{clID}));
my $contact = $epp->contact_info('PERL-1');
step('contact_info', $contact->{email});
my $renewed = $epp->renew_domain({ name => 'perl.com', cur_exp_date => substr($info->{exDate}, 0, 10), period => 1 });
step('renew', $renewed ? 1 : 0);
step('update', $epp->update_domain({ name => 'perl.com', add => { status => ['clientHold'] } }));
step('status', join(',', @{ $epp->domain_info('perl.com')->{status} }));
step('host_in_use', $epp->delete_host('ns1.outside.example'));
step('delete', $epp->delete_domain('perl.com'));
step('ping', $epp->ping);
step('logout', $epp->logout);
